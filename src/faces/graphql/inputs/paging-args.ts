import { ArgsType, Field, Int } from 'type-graphql';

/** Arguments of every connection: `first` with `after`, or `last` with `before`. */
@ArgsType()
export class PagingArgs {
  @Field(() => Int, { nullable: true, description: '1 to 500; 20 if neither first nor last is given.' })
  readonly first?: number | null;

  @Field(() => String, { nullable: true })
  readonly after?: string | null;

  @Field(() => Int, { nullable: true, description: '1 to 500, counted from the end.' })
  readonly last?: number | null;

  @Field(() => String, { nullable: true })
  readonly before?: string | null;
}
