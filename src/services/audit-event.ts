import type { AuditEvent } from '../domain/audit-event.js';
import { ibmActionOf, reasonCodeOf, severityOf } from '../domain/audit-vocabulary.js';
import type { JsonObject } from '../domain/entity.js';
import type { EstateError } from '../domain/errors.js';
import type { Estate } from './estate.js';
import type { AuditTarget, Context } from './operation.js';

/** What an event says beyond who, when and which operation. */
export interface AuditFacts {
  readonly target: AuditTarget;
  readonly details?: JsonObject;
  readonly count?: number;
  readonly dryRun?: boolean;
  /** Present when the operation was refused or failed. */
  readonly error?: EstateError;
}

/** The audit event of one operation, done or refused. */
export function auditEvent(
  { estate, call, now }: Pick<Context, 'call' | 'now'> & { readonly estate: Pick<Estate, 'newId'> },
  operation: { readonly action: string },
  facts: AuditFacts,
): AuditEvent {
  const { error } = facts;
  return {
    v: 1,
    id: estate.newId(),
    time: now,
    action: operation.action,
    ibmAction: ibmActionOf(operation.action),
    outcome: error ? 'FAILURE' : 'SUCCESS',
    severity: severityOf(operation.action, error?.kind),
    reason: { code: error ? reasonCodeOf(error.kind) : 200, type: error?.code ?? 'OK' },
    initiator: {
      principalId: call.principal.id,
      name: call.principal.name,
      kind: call.principal.kind,
      credentialId: call.credentialId,
      face: call.face,
      address: call.address,
    },
    target: { kind: facts.target.kind, id: facts.target.id, name: facts.target.name, vaultId: facts.target.vaultId },
    requestId: call.requestId,
    count: facts.count ?? 1,
    dryRun: facts.dryRun ?? false,
    details: facts.details ?? {},
  };
}
