import type { Id } from '../../domain/entity.js';
import type { KmsKey } from '../../domain/kms.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import type { Reader } from '../../store/contract.js';
import type { Context, Place } from '../operation.js';

/** A key as its user names it: by the managed key's id, or by the id of one of its root keys. */
export interface NamedKey {
  /** The id that was given. */
  readonly keyId: Id;
  readonly managedKey: ManagedKey;
  /** The root key that was named, or else the managed key's root keys that are not destroyed. */
  readonly kmsKeys: readonly KmsKey[];
}

/** Where a key is used: its vault, its ring and the key itself, in the managed key's present state. */
export async function keyPlace({ estate }: Context, { keyId }: { readonly keyId: Id }): Promise<Place<NamedKey> | undefined> {
  const found = await namedKey(estate.store.read, keyId);
  if (!found) return undefined;
  const { managedKey, kmsKeys } = found;
  return {
    subject: found,
    scope: { vaultId: managedKey.vaultId, ringId: kmsKeys[0]?.ringId ?? null, keyId: managedKey.id },
    state: managedKey.state,
    target: { kind: 'managed-key', id: managedKey.id, name: managedKey.label, vaultId: managedKey.vaultId },
  };
}

/** The key as it is now. @returns `undefined` when there is no such key. */
export async function namedKey(read: Reader, keyId: Id): Promise<NamedKey | undefined> {
  const managedKey = await read.get('managedKey', keyId);
  if (managedKey) return { keyId, managedKey, kmsKeys: await kmsKeysOf(read, managedKey.id) };
  const kmsKey = await read.get('kmsKey', keyId);
  const owner = kmsKey?.managedKeyId == null ? undefined : await read.get('managedKey', kmsKey.managedKeyId);
  return kmsKey && owner && { keyId, managedKey: owner, kmsKeys: [kmsKey] };
}

async function kmsKeysOf(read: Reader, managedKeyId: Id): Promise<readonly KmsKey[]> {
  return await read.find('kmsKey', { managedKeyId: { eq: managedKeyId }, state: { ne: 'DESTROYED' } });
}
