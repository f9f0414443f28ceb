import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Keystore } from '../../domain/keystore.js';
import type { InstanceVersion, KeyInstance, KeyVersion, ManagedKey } from '../../domain/managed-key.js';
import type { KeyToPlace, VersionToPlace } from '../../keystores/contract.js';
import type { Reader } from '../../store/contract.js';
import type { Estate } from '../estate.js';
import { fingerprintOf } from './wanted.js';

/** A key instance with all that decides what becomes of it: the desire as it is now, and the record of the last look. */
export interface Subject {
  readonly instance: KeyInstance;
  readonly managedKey: ManagedKey;
  readonly keystore: Keystore;
  /** Oldest first. */
  readonly versions: readonly KeyVersion[];
  readonly recordedVersions: readonly InstanceVersion[];
}

/** The instance as it is now; `undefined` when it, its key or its keystore is gone. */
export async function readSubject(read: Reader, instanceId: Id): Promise<Subject | undefined> {
  const instance = await read.get('keyInstance', instanceId);
  if (!instance) return undefined;
  const [managedKey, keystore, versions, recordedVersions] = [
    await read.get('managedKey', instance.managedKeyId),
    await read.get('keystore', instance.keystoreId),
    await read.find('keyVersion', { managedKeyId: { eq: instance.managedKeyId } }),
    await recordedVersionsOf(read, instance),
  ];
  if (!managedKey || !keystore) return undefined;
  return { instance, managedKey, keystore, versions: [...versions].sort((a, b) => a.version - b.version), recordedVersions };
}

/** The versions on record; what was never looked at has none. */
export async function recordedVersionsOf(read: Reader, { id, verifiedAt }: KeyInstance): Promise<readonly InstanceVersion[]> {
  return verifiedAt === null ? [] : await read.find('instanceVersion', { keyInstanceId: { eq: id } });
}

/** The key in the words of the keystore contract. */
export function keyToPlace({ instance, managedKey }: Subject, remoteId: string | null): KeyToPlace {
  const target = managedKey.targets.find(({ id }) => id === instance.targetId);
  return {
    managedKeyId: managedKey.id,
    keystoreId: instance.keystoreId,
    vaultId: managedKey.vaultId,
    name: instance.name,
    description: managedKey.description,
    spec: { algorithm: managedKey.algorithm, size: managedKey.size },
    attributes: target?.attributes ?? {},
    remoteId,
  };
}

/**
 * A version's material in the words of the keystore contract: it leaves the HSM only wrapped for the keystore.
 * @throws EstateError BLOB_REFUSED when the material is gone
 */
export async function versionToPlace(estate: Estate, { managedKey }: Subject, version: KeyVersion): Promise<VersionToPlace> {
  const blob = version.blobId === null ? undefined : await estate.store.read.get('keyBlob', version.blobId);
  if (!blob) throw new EstateError('BLOB_REFUSED', { version: version.version });
  const context = { keyId: managedKey.id, version: version.version, vaultId: managedKey.vaultId };
  return {
    keyVersionId: version.id,
    version: version.version,
    blobId: blob.id,
    context,
    fingerprint: fingerprintOf(managedKey, version),
    publicKey: version.publicKey,
    exportFor: async (scheme, publicKey) => await estate.hsm.exportKey({ blob: blob.blob, context }, scheme, publicKey),
  };
}
