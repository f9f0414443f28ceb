import { ArgsType, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql';
import type { AuditOutcome } from '../../../domain/audit-event.js';
import { AuditOutcomeEnum } from '../enums.js';
import { DateTime } from '../scalars/date-time.js';

/** What an event is looked for by, whenever it happened. */
@InputType()
export abstract class AuditWhat {
  @Field(() => String, { nullable: true, description: '`managed-key.rotate`' })
  readonly action?: string | null;

  @Field(() => String, { nullable: true, description: '`managed-key.`' })
  readonly actionPrefix?: string | null;

  @Field(() => AuditOutcomeEnum, { nullable: true })
  readonly outcome?: AuditOutcome | null;

  @Field(() => ID, { nullable: true })
  readonly principalId?: string | null;

  @Field(() => ID, { nullable: true })
  readonly targetId?: string | null;

  @Field(() => [ID], { nullable: true })
  readonly vaultIds?: readonly string[] | null;

  @Field(() => String, { nullable: true })
  readonly requestId?: string | null;
}

@InputType('AuditEventFilter')
class AuditEventFilter extends AuditWhat {
  @Field(() => DateTime, { nullable: true })
  readonly from?: string | null;

  @Field(() => DateTime, { nullable: true })
  readonly to?: string | null;
}

const AuditOrder = { NEWEST_FIRST: 'NEWEST_FIRST', OLDEST_FIRST: 'OLDEST_FIRST' } as const;
registerEnumType(AuditOrder, { name: 'AuditOrder' });

@ArgsType()
export class AuditEventsArgs {
  @Field(() => AuditEventFilter, { nullable: true })
  readonly filter?: AuditEventFilter | null;

  @Field(() => AuditOrder, { nullable: true, description: 'NEWEST_FIRST without it.' })
  readonly order?: keyof typeof AuditOrder | null;

  @Field(() => Int, { nullable: true, description: '1 to 500; 50 without it.' })
  readonly first?: number | null;

  @Field(() => String, { nullable: true })
  readonly after?: string | null;
}

@ArgsType()
export class InclusionProofArgs {
  @Field(() => Float)
  readonly index!: number;

  @Field(() => Float, { nullable: true, description: 'Size of the log that the proof leads to; the present one without it.' })
  readonly size?: number | null;
}

@ArgsType()
export class ConsistencyProofArgs {
  @Field(() => Float)
  readonly first!: number;

  @Field(() => Float, { nullable: true, description: 'The present size without it.' })
  readonly second?: number | null;
}
