import { ArgsType, Field } from 'type-graphql';

/** Of every mutation that changes the estate. */
@ArgsType()
export class ChangeArgs {
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Everything is checked and then taken back; the answer shows the object as it would be, and objects nested in it as they are.',
  })
  readonly dryRun?: boolean | null;
}

/** Of every mutation that creates something. */
@ArgsType()
export class CreateArgs extends ChangeArgs {
  @Field(() => String, {
    nullable: true,
    description: 'The same token with the same input answers the first result; with other input it is refused.',
  })
  readonly clientToken?: string | null;
}
