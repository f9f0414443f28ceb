import type { AuditEvent, AuditOutcome } from '../domain/audit-event.js';
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
  /** It is about to be done. */
  readonly pending?: boolean;
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
  const { outcome, code, type } = ending(facts);
  return {
    v: 1,
    id: estate.newId(),
    time: now,
    action: operation.action,
    ibmAction: ibmActionOf(operation.action),
    outcome,
    severity: severityOf(operation.action, error?.kind),
    reason: { code, type },
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

function ending({ error, pending = false }: AuditFacts): { outcome: AuditOutcome; code: number; type: string } {
  if (error) return { outcome: 'FAILURE', code: reasonCodeOf(error.kind), type: error.code };
  return pending ? { outcome: 'PENDING', code: 202, type: 'PENDING' } : { outcome: 'SUCCESS', code: 200, type: 'OK' };
}
