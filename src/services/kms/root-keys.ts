import type { Id } from '../../domain/entity.js';
import type { KmsKey, KmsKeyVersion } from '../../domain/kms.js';
import type { Reader } from '../../store/contract.js';
import { ringOf } from './rings.js';

/** A root key whose lifecycle the orchestrator owns. */
export type OwnedKey = KmsKey & { readonly managedKeyId: Id };

/**
 * A managed key as its ring holds it: the living root key, or else the one destroyed last. (A key that returns to a
 * keystore after its destruction there gets a root key of its own.)
 */
export async function ownedKey(reader: Reader, keystoreId: Id, managedKeyId: Id): Promise<OwnedKey | undefined> {
  const ring = await ringOf(reader, keystoreId);
  if (!ring) return undefined;
  const keys = await reader.find('kmsKey', { ringId: { eq: ring.id }, managedKeyId: { eq: managedKeyId } });
  const byAge = [...keys].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const found = byAge.find(({ state }) => state !== 'DESTROYED') ?? byAge[0];
  return found && { ...found, managedKeyId };
}

/** A root or standard key's versions, oldest first. */
export async function versionsOf(reader: Reader, kmsKeyId: Id): Promise<readonly KmsKeyVersion[]> {
  const versions = await reader.find('kmsKeyVersion', { kmsKeyId: { eq: kmsKeyId } });
  return [...versions].sort((a, b) => a.version - b.version);
}
