import type { Id } from '../../domain/entity.js';
import type { KmsKey } from '../../domain/kms.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import type { Reader } from '../../store/contract.js';
import type { Context, PartedPlace } from '../operation.js';

/** A key as its user names it: by the managed key's id, or by the id of one of its root keys. */
export interface NamedKey {
  /** The id that was given. */
  readonly keyId: Id;
  readonly managedKey: ManagedKey;
  /** The root key that was named, or else the managed key's root keys that are not destroyed. */
  readonly kmsKeys: readonly KmsKey[];
  /** The rings whose root keys may be used; `null` for all. */
  readonly ringIds: readonly Id[] | null;
}

/**
 * Where a key is used: its vault and the key itself, in the managed key's present state. A right on a ring reaches the
 * root keys in that ring, and so nothing else is used by it.
 */
export async function keyPlace({ estate }: Context, { keyId }: { readonly keyId: Id }): Promise<PartedPlace<NamedKey> | undefined> {
  const found = await namedKey(estate.store.read, keyId);
  if (!found) return undefined;
  const { managedKey } = found;
  const scope = { vaultId: managedKey.vaultId, keyId: managedKey.id };
  return {
    subject: found,
    scope,
    narrowed: (allows) => {
      const ringIds = found.kmsKeys.map(({ ringId }) => ringId).filter((ringId) => allows({ ...scope, ringId }));
      return ringIds.length === 0 ? undefined : within(found, ringIds);
    },
    state: managedKey.state,
    target: { kind: 'managed-key', id: managedKey.id, name: managedKey.label, vaultId: managedKey.vaultId },
  };
}

/** The key as it is now. @returns `undefined` when there is no such key. */
export async function namedKey(read: Reader, keyId: Id, ringIds: NamedKey['ringIds'] = null): Promise<NamedKey | undefined> {
  const managedKey = await read.get('managedKey', keyId);
  if (managedKey) return within({ keyId, managedKey, kmsKeys: await kmsKeysOf(read, managedKey.id) }, ringIds);
  const kmsKey = await read.get('kmsKey', keyId);
  const owner = kmsKey?.managedKeyId == null ? undefined : await read.get('managedKey', kmsKey.managedKeyId);
  return kmsKey && owner && within({ keyId, managedKey: owner, kmsKeys: [kmsKey] }, ringIds);
}

function within(named: Omit<NamedKey, 'ringIds'>, ringIds: NamedKey['ringIds']): NamedKey {
  return { ...named, ringIds, kmsKeys: named.kmsKeys.filter(({ ringId }) => ringIds?.includes(ringId) ?? true) };
}

async function kmsKeysOf(read: Reader, managedKeyId: Id): Promise<readonly KmsKey[]> {
  return await read.find('kmsKey', { managedKeyId: { eq: managedKeyId }, state: { ne: 'DESTROYED' } });
}
