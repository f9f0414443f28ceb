/** Key material on its way into the estate: made or taken in by the HSM, kept as a blob bound to key, version and vault. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { algorithmDescriptor, type KeySpec } from '../../domain/algorithms.js';
import type { Id } from '../../domain/entity.js';
import type { BlobContext, KeyBlob } from '../../domain/key-blob.js';
import type { KeyState } from '../../domain/key-state.js';
import type { KeyVersion, ManagedKey } from '../../domain/managed-key.js';
import type { TemplateTarget } from '../../domain/template.js';
import type { KeyAttributes, NewKey } from '../../hsm/contract.js';
import type { Writer } from '../../store/contract.js';
import { endBlobs } from '../end-blobs.js';
import type { Estate } from '../estate.js';
import type { Context } from '../operation.js';
import { type Author, made } from '../tracked.js';

/** What of a key its material depends on. */
export type KeyOfMaterial = Pick<ManagedKey, 'id' | 'vaultId' | 'algorithm' | 'size' | 'targets'>;

/** A version and its blob, ready to be stored. */
export interface Material {
  readonly version: KeyVersion;
  readonly blob: KeyBlob;
}

/** What the blob of a key's version is bound to; it opens nowhere else. */
export function materialContext(key: Pick<ManagedKey, 'id' | 'vaultId'>, version: number): BlobContext {
  return { keyId: key.id, version, vaultId: key.vaultId };
}

/** Every use of the algorithm; extractable only when some target lies outside this server. */
export function materialAttributes(estate: Estate, key: Pick<KeyOfMaterial, 'algorithm' | 'targets'>): KeyAttributes {
  return { usages: algorithmDescriptor(key.algorithm).usages, extractable: leavesThisServer(estate, key.targets) };
}

/** Whether some target's keystores hold material outside this server, so that it must be able to leave the HSM wrapped. */
export function leavesThisServer(estate: Pick<Estate, 'keystoreTypes'>, targets: readonly TemplateTarget[]): boolean {
  return targets.some(({ keystoreType }) => !estate.keystoreTypes.driver(keystoreType).descriptor.capabilities.holdsKeysForUse);
}

export function specOf({ algorithm, size }: KeySpec): KeySpec {
  return { algorithm, size };
}

/** New material from the HSM for a version of the key. @throws EstateError HSM_SEALED, HSM_UNAVAILABLE */
export async function generateMaterial(context: Context, key: KeyOfMaterial, version: number): Promise<Material> {
  const { estate } = context;
  const newKey = await estate.hsm.generateKey(specOf(key), materialAttributes(estate, key), materialContext(key, version));
  return materialOf(context, key, version, newKey);
}

/** What the HSM gave as rows; a version that exists already (one that waited for its import) keeps its own. */
export function materialOf(context: Context, key: KeyOfMaterial, version: number, newKey: NewKey, existing?: KeyVersion): Material {
  const blobId = context.estate.newId();
  const patterns = [{ method: algorithmDescriptor(key.algorithm).checkMethod, value: bytesToHex(newKey.checkValue) }];
  const row = existing ?? emptyVersion(context, key, version);
  return {
    version: { ...row, blobId, publicKey: newKey.publicKey, verificationPatterns: patterns },
    blob: {
      ...made(context),
      id: blobId,
      ownerKind: 'KEY_VERSION',
      ownerId: row.id,
      context: materialContext(key, version),
      blob: newKey.blob,
      masterKeyId: bytesToHex(newKey.masterKeyId),
      publicKey: newKey.publicKey,
    },
  };
}

/** A version that has no material yet. */
export function emptyVersion(context: Context, key: Pick<ManagedKey, 'id' | 'vaultId'>, version: number): KeyVersion {
  return {
    ...made(context),
    managedKeyId: key.id,
    vaultId: key.vaultId,
    version,
    state: 'PRE_ACTIVATION',
    blobId: null,
    publicKey: null,
    verificationPatterns: [],
    encryptionsCounted: 0,
  };
}

/** Stores a new version with its material. */
export async function insertMaterial(tx: Writer, { version, blob }: Material, state: KeyState): Promise<KeyVersion> {
  const stored = { ...version, state };
  await tx.insert('keyBlob', blob);
  await tx.insert('keyVersion', stored);
  return stored;
}

/** Erases all material of a key, for ever: its versions' and its import keys' blobs. The versions' own rows stay. */
export async function eraseMaterial(tx: Writer, author: Author, managedKeyId: Id): Promise<void> {
  const ofKey = { managedKeyId: { eq: managedKeyId } };
  const blobsOf = (noun: 'keyVersion' | 'importKey') => ({ ownerId: { within: { noun, field: 'id', where: ofKey as never } } });
  // The key's own id also where no blob is left: a backup may hold one.
  await endBlobs(tx, author, { any: [blobsOf('keyVersion'), blobsOf('importKey')] }, [managedKeyId]);
}
