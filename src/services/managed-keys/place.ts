import type { Id } from '../../domain/entity.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import type { AuditTarget, Context, Place } from '../operation.js';
import { livingKeys } from '../retire.js';

/** How a caller names a key: its id, or its label, which only one key of a vault that is not being destroyed bears. */
export interface KeyName {
  readonly id?: Id | undefined;
  readonly vaultId?: Id | undefined;
  readonly label?: string | undefined;
}

/** A managed key by id, or by vault and label. */
export async function managedKeyPlace(context: Context, name: KeyName): Promise<Place<ManagedKey> | undefined> {
  const key = await find(context, name);
  return key && placeOf(key);
}

/** Where operations on this key happen. */
export function placeOf(key: ManagedKey): Place<ManagedKey> {
  return {
    subject: key,
    scope: { vaultId: key.vaultId, keyId: key.id },
    state: key.state,
    target: managedKeyTarget(key),
    revision: key.revision,
  };
}

/** The key as the audit log names it. */
export function managedKeyTarget(key: ManagedKey): AuditTarget {
  return { kind: 'managed-key', id: key.id, name: key.label, vaultId: key.vaultId };
}

async function find({ estate }: Context, { id, vaultId, label }: KeyName): Promise<ManagedKey | undefined> {
  const { read } = estate.store;
  if (id !== undefined) return await read.get('managedKey', id);
  if (vaultId === undefined || label === undefined) return undefined;
  const [key] = await read.find('managedKey', { vaultId: { eq: vaultId }, label: { eq: label }, ...livingKeys }, 1);
  return key;
}
