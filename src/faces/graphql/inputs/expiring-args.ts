import { ArgsType, Field, ID, Int } from 'type-graphql';
import type { ExpiringKind } from '../../../domain/expiry.js';
import { ExpiringKindEnum } from '../enums.js';

@ArgsType()
export class ExpiringArgs {
  @Field(() => Int, { nullable: true, description: 'Days from now, 30 if not given.' })
  readonly withinDays?: number | null;

  @Field(() => [ExpiringKindEnum], { nullable: true })
  readonly kinds?: readonly ExpiringKind[] | null;

  @Field(() => [ID], { nullable: true, description: 'Only what lives in these vaults: managed keys.' })
  readonly vaultIds?: readonly string[] | null;

  @Field(() => Int, { nullable: true, description: '1 to 500; 20 if not given.' })
  readonly first?: number | null;

  @Field(() => String, { nullable: true })
  readonly after?: string | null;
}
