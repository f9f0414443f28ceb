import { Args, Ctx, Query, Resolver } from 'type-graphql';
import { EstateError } from '../../../domain/errors.js';
import { auditCheckpoint } from '../../../services/audit/checkpoint.js';
import { auditEvents } from '../../../services/audit/events.js';
import { auditConsistencyProof, auditInclusionProof } from '../../../services/audit/proofs.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { AuditEventsArgs, ConsistencyProofArgs, InclusionProofArgs } from '../inputs/audit-args.js';
import { pageCost } from '../limits/page-cost.js';
import {
  AuditCheckpointType,
  AuditConsistencyProofType,
  AuditEventConnection,
  AuditInclusionProofType,
  auditConnection,
  checkpointOf,
} from '../types/audit-types.js';

@Resolver()
export class AuditResolver {
  @Query(() => AuditEventConnection, { complexity: pageCost, description: 'What happened, newest first.' })
  async auditEvents(@Ctx() { perform }: GraphqlContext, @Args(() => AuditEventsArgs) { after, order, ...args }: AuditEventsArgs) {
    const input = { ...args, after: placeOf(after), ascending: order === 'OLDEST_FIRST' };
    return auditConnection(await perform(auditEvents, given(input)), input.after !== undefined);
  }

  @Query(() => AuditCheckpointType)
  async auditCheckpoint(@Ctx() { perform }: GraphqlContext) {
    return checkpointOf(await perform(auditCheckpoint, {}));
  }

  @Query(() => AuditInclusionProofType)
  auditInclusionProof(@Ctx() { perform }: GraphqlContext, @Args(() => InclusionProofArgs) args: InclusionProofArgs) {
    return perform(auditInclusionProof, given(args));
  }

  @Query(() => AuditConsistencyProofType)
  auditConsistencyProof(@Ctx() { perform }: GraphqlContext, @Args(() => ConsistencyProofArgs) args: ConsistencyProofArgs) {
    return perform(auditConsistencyProof, given(args));
  }
}

/** @throws EstateError CURSOR_INVALID */
function placeOf(cursor: string | null | undefined): number | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  if (!/^\d{1,15}$/.test(cursor)) throw new EstateError('CURSOR_INVALID');
  return Number(cursor);
}
