import type { Id, JsonObject } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Writer } from '../../store/contract.js';
import { auditEvent } from '../audit-event.js';
import { systemCall } from '../call.js';
import type { AuditTarget } from '../operation.js';
import type { KmsContext, KmsFoundation } from './foundation.js';
import { type OwnedKey, ownedKey } from './root-keys.js';

/** What a step did; `undefined` when all was as wanted already. */
export interface StepDone {
  readonly action: string;
  readonly target: AuditTarget;
  readonly details?: JsonObject;
}

/** Runs one step of the reconciler as one transaction, together with its audit event. A step without effect leaves none. */
export async function step(
  foundation: KmsFoundation,
  work: (tx: Writer, context: KmsContext) => Promise<StepDone | undefined>,
): Promise<StepDone | undefined> {
  const context: KmsContext = { estate: foundation, call: systemCall('reconciler', foundation.newId()), now: foundation.now() };
  return await foundation.store.write(async (tx) => {
    const done = await work(tx, context);
    if (done) await tx.appendAudit(auditEvent(context, { action: done.action }, done));
    return done;
  });
}

/** A step on a root key that is there and not destroyed. @throws EstateError KEYSTORE_REFUSED when there is none. */
export async function stepOnKey(
  foundation: KmsFoundation,
  keystoreId: Id,
  managedKeyId: Id,
  work: (tx: Writer, context: KmsContext, key: OwnedKey) => Promise<Omit<StepDone, 'target'> | undefined>,
): Promise<StepDone | undefined> {
  return await step(foundation, async (tx, context) => {
    const key = await ownedKey(tx, keystoreId, managedKeyId);
    if (key?.state === 'DESTROYED') return undefined;
    if (!key) throw new EstateError('KEYSTORE_REFUSED', { reason: 'the ring holds no such key' });
    const done = await work(tx, context, key);
    return done && { ...done, target: targetOf(key) };
  });
}

/** A key of the service as the audit log names it. */
export function targetOf(key: Pick<OwnedKey, 'id' | 'name' | 'vaultId'>): AuditTarget {
  return { kind: 'kms-key', id: key.id, name: key.name, vaultId: key.vaultId };
}
