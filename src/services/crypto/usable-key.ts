/** The one way from a key's id to its material: the managed key's state, the root key's state, the versions, the blobs. */
import type { KeySpec, KeyUsage } from '../../domain/algorithms.js';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { KeyBlob } from '../../domain/key-blob.js';
import { refuseUse, usesAllowedIn } from '../../domain/key-state.js';
import type { KmsKey, KmsKeyState } from '../../domain/kms.js';
import type { KeyVersion, ManagedKey } from '../../domain/managed-key.js';
import type { KeyRef } from '../../hsm/contract.js';
import type { Reader } from '../../store/contract.js';
import { refuseLostCredential } from '../iam/authenticate.js';
import type { Context } from '../operation.js';
import { type NamedKey, namedKey } from './place.js';
import { onceInstalled } from './wait-for-install.js';

/** A version whose material may be put to the use it was asked for. */
export interface UsableVersion {
  readonly version: number;
  /** Id of the version in the key management service. */
  readonly kmsVersionId: Id;
  readonly ref: KeyRef;
}

export interface UsableKey {
  readonly managedKey: ManagedKey;
  readonly spec: KeySpec;
  /** By number; versions that are absent, or whose own state forbids the use, stand with the reason. */
  readonly versions: ReadonlyMap<number, UsableVersion | EstateError>;
}

/** Which versions are needed: the current one, or those that ciphertexts name. */
export type WantedVersions = 'CURRENT' | readonly number[];

/**
 * The key, ready for the HSM, when the states of the managed key and of its root key allow the use now. A key that is
 * active but not yet in its internal keystore is waited for briefly.
 * @throws EstateError KEY_STATE_FORBIDS, DESTRUCTION_PENDING, KEY_NOT_USABLE_HERE; UNAUTHENTICATED when the credential was
 * lost in that time
 */
export async function usableKey(context: Context, named: NamedKey, usage: KeyUsage, wanted: WantedVersions): Promise<UsableKey> {
  const { estate } = context;
  const found = await look(context, named, usage, wanted);
  if (found) return found;
  const later = await onceInstalled(estate, named.managedKey, async () => {
    const again = await namedKey(estate.store.read, named.keyId, named.ringIds);
    if (!again) throw new EstateError('MANAGED_KEY_NOT_FOUND');
    return await look(context, again, usage, wanted);
  });
  // The wait may have outlived the credential.
  await refuseLostCredential(estate, context.call);
  if (!later) throw new EstateError('KEY_NOT_USABLE_HERE', { state: named.managedKey.state });
  return later;
}

/**
 * Refuses to let go of what the HSM has opened when the key, or the caller's credential, was lost while it worked.
 * @throws EstateError KEY_STATE_FORBIDS, DESTRUCTION_PENDING, MANAGED_KEY_NOT_FOUND, UNAUTHENTICATED
 */
export async function refuseLostUse({ estate, call }: Context, { managedKey }: UsableKey, usage: KeyUsage): Promise<void> {
  const [now] = await Promise.all([estate.store.read.get('managedKey', managedKey.id), refuseLostCredential(estate, call)]);
  if (!now) throw new EstateError('MANAGED_KEY_NOT_FOUND');
  refuseUse(now, { state: 'ACTIVE' }, usage, estate.policy);
}

/** The current version of a key that was opened for it. @throws EstateError KEY_VERSION_STATE_FORBIDS */
export function currentVersion({ managedKey, versions }: UsableKey): UsableVersion {
  return requireVersion(versions.get(managedKey.version));
}

/** @throws EstateError the reason why the version cannot be used */
export function requireVersion(version: UsableVersion | EstateError | undefined): UsableVersion {
  if (version instanceof EstateError) throw version;
  if (!version) throw new EstateError('KEY_VERSION_NOT_FOUND');
  return version;
}

/** One look at the estate; `undefined` when the internal keystore does not hold the key as it should yet. */
async function look(context: Context, named: NamedKey, usage: KeyUsage, wanted: WantedVersions): Promise<UsableKey | undefined> {
  const { managedKey } = named;
  const { policy, store } = context.estate;
  refuseUse(managedKey, { state: 'ACTIVE' }, usage, policy);
  const kmsKey = named.kmsKeys.find((candidate) => allowsHere(candidate, usage));
  if (!kmsKey) return undefined;
  const numbers = wanted === 'CURRENT' ? [managedKey.version] : [...new Set(wanted)];
  const material = await materialOf(store.read, managedKey, kmsKey, numbers);
  if (wanted === 'CURRENT' && !material.installed.has(managedKey.version)) return undefined;
  const versions = new Map(numbers.map((number) => [number, usableVersion(context, managedKey, material, number, usage)]));
  return { managedKey, spec: { algorithm: managedKey.algorithm, size: managedKey.size }, versions };
}

/** What a root key's or one of its versions' own state allows; a suspended key does nothing. */
const usesByKmsState = {
  PRE_ACTIVATION: 'PRE_ACTIVATION',
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'PRE_ACTIVATION',
  DEACTIVATED: 'DEACTIVATED',
  DESTROYED: 'DESTROYED',
} as const satisfies Record<KmsKeyState, KeyVersion['state']>;

function allowsHere({ state, pendingUntil }: KmsKey, usage: KeyUsage): boolean {
  return pendingUntil === null && stateAllows(state, usage);
}

function stateAllows(state: KmsKeyState, usage: KeyUsage): boolean {
  return usesAllowedIn(usesByKmsState[state], { useCompromised: false }).includes(usage);
}

interface Installed {
  readonly id: Id;
  readonly state: KmsKeyState;
  readonly blobId: Id | null;
}

interface Material {
  readonly made: ReadonlyMap<number, KeyVersion>;
  readonly installed: ReadonlyMap<number, Installed>;
  readonly blobs: ReadonlyMap<Id, KeyBlob>;
}

async function materialOf(read: Reader, managedKey: ManagedKey, kmsKey: KmsKey, numbers: readonly number[]): Promise<Material> {
  const [made, installed] = await Promise.all([
    read.find('keyVersion', { managedKeyId: { eq: managedKey.id }, version: { in: numbers } }),
    read.find('kmsKeyVersion', { kmsKeyId: { eq: kmsKey.id }, version: { in: numbers } }),
  ]);
  const blobs = await read.getMany(
    'keyBlob',
    installed.flatMap(({ blobId }) => (blobId === null ? [] : [blobId])),
  );
  return {
    made: new Map(made.map((version) => [version.version, version])),
    installed: new Map(installed.map((version) => [version.version, version])),
    blobs: new Map(blobs.map((blob) => [blob.id, blob])),
  };
}

function usableVersion(
  { estate }: Context,
  managedKey: ManagedKey,
  { made, installed, blobs }: Material,
  number: number,
  usage: KeyUsage,
): UsableVersion | EstateError {
  const version = made.get(number);
  if (!version) return new EstateError('KEY_VERSION_NOT_FOUND');
  const here = installed.get(number);
  const blob = here?.blobId == null ? undefined : blobs.get(here.blobId);
  try {
    refuseUse(managedKey, version, usage, estate.policy);
  } catch (error) {
    if (error instanceof EstateError) return error;
    throw error;
  }
  if (!here || !blob || version.blobId !== blob.id) return new EstateError('KEY_NOT_USABLE_HERE', { version: number });
  if (!stateAllows(here.state, usage)) return new EstateError('KEY_VERSION_STATE_FORBIDS', { action: usage, versionState: here.state });
  // The context comes from the key that was asked for and never from the blob's row: a blob put into another row does not open.
  const context = { keyId: managedKey.id, version: number, vaultId: managedKey.vaultId };
  return { version: number, kmsVersionId: here.id, ref: { blob: blob.blob, context } };
}
