import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { AuditEvent, AuditOutcome, AuditRecord, AuditSeverity } from '../../../domain/audit-event.js';
import type { JsonObject } from '../../../domain/entity.js';
import type { AuditCheckpoint } from '../../../services/audit/checkpoint.js';
import type { AuditPage } from '../../../services/audit/events.js';
import { PageInfo } from '../connection.js';
import { AuditOutcomeEnum, AuditSeverityEnum } from '../enums.js';
import { Base64 } from '../scalars/base64.js';
import { DateTime } from '../scalars/date-time.js';
import { JsonObjectScalar } from '../scalars/json-object.js';

@ObjectType('AuditReason', { simpleResolvers: true })
export class AuditReasonType {
  @Field(() => Int)
  readonly code!: number;

  @Field(() => String)
  readonly type!: string;
}

@ObjectType('AuditInitiator', { simpleResolvers: true, description: 'Who asked, with which credential, through which face.' })
export class AuditInitiatorType {
  @Field(() => String)
  readonly principalId!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly kind!: string;

  @Field(() => String, { nullable: true })
  readonly credentialId!: string | null;

  @Field(() => String)
  readonly face!: string;

  @Field(() => String, { nullable: true })
  readonly address!: string | null;
}

@ObjectType('AuditTarget', { simpleResolvers: true, description: 'What an operation was about.' })
export class AuditTargetType {
  @Field(() => String)
  readonly kind!: string;

  @Field(() => String, { nullable: true })
  readonly id!: string | null;

  @Field(() => String, { nullable: true })
  readonly name!: string | null;

  @Field(() => String, { nullable: true })
  readonly vaultId!: string | null;
}

@ObjectType('AuditEvent', { simpleResolvers: true, description: 'One operation, done or refused, in its place in the log.' })
export class AuditEventType implements Omit<AuditEvent, 'v'> {
  // Float carries integers beyond 2^31 exactly; a log may come to hold more events than an Int counts.
  @Field(() => Float, { description: 'Place in the log, counted from 0 without gaps.' })
  readonly index!: number;

  @Field(() => Base64, { description: 'SHA-256(0x00 || canonical JSON of `event`): RFC 9162 section 2.1.1.' })
  readonly leafHash!: Uint8Array;

  @Field(() => JsonObjectScalar, { description: 'The whole event, as it was hashed.' })
  readonly event!: JsonObject;

  @Field(() => ID)
  readonly id!: string;

  @Field(() => DateTime)
  readonly time!: string;

  @Field(() => String, { description: '`noun.verb`, for example `managed-key.rotate`.' })
  readonly action!: string;

  @Field(() => String, { nullable: true, description: "IBM's name for the same." })
  readonly ibmAction!: string | null;

  @Field(() => AuditOutcomeEnum)
  readonly outcome!: AuditOutcome;

  @Field(() => AuditSeverityEnum)
  readonly severity!: AuditSeverity;

  @Field(() => AuditReasonType)
  readonly reason!: AuditEvent['reason'];

  @Field(() => AuditInitiatorType)
  readonly initiator!: AuditEvent['initiator'];

  @Field(() => AuditTargetType)
  readonly target!: AuditEvent['target'];

  @Field(() => String)
  readonly requestId!: string;

  @Field(() => Int, { description: 'Items covered.' })
  readonly count!: number;

  @Field(() => Boolean)
  readonly dryRun!: boolean;

  @Field(() => JsonObjectScalar, { description: 'The input with secrets as references, and what the operation adds.' })
  readonly details!: JsonObject;
}

/** A record of the log as one flat object. */
export function auditEventOf({ index, leafHash, event }: AuditRecord): AuditEventType {
  return { ...event, index, leafHash, event: event as unknown as JsonObject };
}

@ObjectType('AuditEventEdge', { simpleResolvers: true })
class AuditEventEdge {
  @Field(() => String)
  readonly cursor!: string;

  @Field(() => AuditEventType)
  readonly node!: AuditEventType;
}

@ObjectType('AuditEventConnection', { simpleResolvers: true })
export class AuditEventConnection {
  @Field(() => [AuditEventEdge])
  readonly edges!: readonly AuditEventEdge[];

  @Field(() => PageInfo)
  readonly pageInfo!: PageInfo;
}

/** A page of the log; cursors are places in it. */
export function auditConnection({ items, hasNext }: AuditPage, hasPrevious: boolean): AuditEventConnection {
  const edges = items.map((record) => ({ cursor: String(record.index), node: auditEventOf(record) }));
  const pageInfo = {
    hasNextPage: hasNext,
    hasPreviousPage: hasPrevious,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return { edges, pageInfo };
}

@ObjectType('AuditCheckpoint', { simpleResolvers: true, description: 'The signed size and root of the log (C2SP tlog-checkpoint).' })
export class AuditCheckpointType {
  @Field(() => String, { description: 'The signed note.' })
  readonly note!: string;

  @Field(() => String, { description: 'Names the log.' })
  readonly origin!: string;

  @Field(() => Float)
  readonly size!: number;

  @Field(() => Base64)
  readonly root!: Uint8Array;

  @Field(() => String, { description: 'The verifier key (C2SP signed-note) that the note is to be checked with.' })
  readonly publicKey!: string;
}

@ObjectType('AuditInclusionProof', { simpleResolvers: true, description: 'Shows that an event is in the log (RFC 9162 section 2.1.3).' })
export class AuditInclusionProofType {
  @Field(() => Float)
  readonly index!: number;

  @Field(() => Float)
  readonly size!: number;

  @Field(() => Base64)
  readonly leafHash!: Uint8Array;

  @Field(() => Base64)
  readonly root!: Uint8Array;

  @Field(() => [Base64], { description: 'Nearest first.' })
  readonly proof!: readonly Uint8Array[];
}

@ObjectType('AuditConsistencyProof', {
  simpleResolvers: true,
  description: 'Shows that a larger log continues a smaller one (RFC 9162 section 2.1.4).',
})
export class AuditConsistencyProofType {
  @Field(() => Float)
  readonly first!: number;

  @Field(() => Float)
  readonly second!: number;

  @Field(() => Base64)
  readonly firstRoot!: Uint8Array;

  @Field(() => Base64)
  readonly secondRoot!: Uint8Array;

  @Field(() => [Base64])
  readonly proof!: readonly Uint8Array[];
}

export function checkpointOf({ note, size, root, verifierKey }: AuditCheckpoint): AuditCheckpointType {
  return { note, origin: note.slice(0, note.indexOf('\n')), size, root, publicKey: verifierKey };
}
