import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { expiring } from '../../../services/expiry/list.js';
import { connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { ExpiringArgs } from '../inputs/expiring-args.js';
import { pageCost } from '../limits/page-cost.js';
import { ExpiringConnection } from '../types/expiring-type.js';

@Resolver()
export class ExpiringResolver {
  @Query(() => ExpiringConnection, {
    complexity: pageCost,
    description: 'Managed keys, API keys and certificates that expire soon, what expires first comes first. Keys that have expired lead.',
  })
  async expiring(@Ctx() { perform }: GraphqlContext, @Args(() => ExpiringArgs) args: ExpiringArgs) {
    return connection(await perform(expiring, given(args)));
  }
}
