/** Import keys: RSA key pairs of the HSM, each good for one piece of material of one managed key. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { algorithmDescriptor, type KeySpec, type Mechanism } from '../../domain/algorithms.js';
import type { Timestamp } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { BlobContext, KeyBlob } from '../../domain/key-blob.js';
import type { ImportKey, ManagedKey } from '../../domain/managed-key.js';
import { addSeconds } from '../../domain/time.js';
import type { Hsm, KeyRef } from '../../hsm/contract.js';
import type { Reader, Writer } from '../../store/contract.js';
import { endBlobs } from '../end-blobs.js';
import { isAble, requireImportable } from '../hsm/capabilities.js';
import type { Context } from '../operation.js';
import { changed, made } from '../tracked.js';

export const importMechanisms = ['RSA_OAEP_SHA256', 'RSA_AES_KWP_SHA256'] as const satisfies readonly Mechanism[];
/** How a caller wraps material: RSA-OAEP with SHA-256, or AES-KWP under a key that RSA-OAEP with SHA-256 wraps. */
export type ImportMechanism = (typeof importMechanisms)[number];

/** An import key as its caller sees it. */
export interface ImportOffer {
  readonly id: string;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly expiresAt: Timestamp;
  /** Those that material of this algorithm fits. */
  readonly mechanisms: readonly ImportMechanism[];
}

/** An import key and its blob, ready to be stored. */
export interface NewImportKey {
  readonly importKey: ImportKey;
  readonly blob: KeyBlob;
}

/** 128 bits of strength, for a key that lives an hour; larger ones take seconds to make. */
const importKeySpec: KeySpec = { algorithm: 'RSA', size: '3072' };

/** A new import key from the HSM. @throws EstateError HSM_SEALED, HSM_UNAVAILABLE, HSM_CAPABILITY_MISSING */
export async function generateImportKey(
  context: Context,
  key: Pick<ManagedKey, 'id' | 'vaultId' | 'algorithm' | 'size'>,
  initialState: ImportKey['initialState'],
): Promise<NewImportKey> {
  const { estate, now } = context;
  requireImportable(estate.hsm, key);
  requireImportable(estate.hsm, importKeySpec);
  const row = made(context);
  const bound = importKeyContext(row.id, key.vaultId);
  const newKey = await estate.hsm.generateKey(importKeySpec, { usages: ['UNWRAP'], extractable: false }, bound);
  if (!newKey.publicKey) throw new EstateError('CRYPTO_FAILED');
  const blob: KeyBlob = {
    ...made(context),
    ownerKind: 'IMPORT_KEY',
    ownerId: row.id,
    context: bound,
    blob: newKey.blob,
    masterKeyId: bytesToHex(newKey.masterKeyId),
    publicKey: newKey.publicKey,
  };
  const expiresAt = addSeconds(now, estate.policy.importKeySeconds);
  const fields = {
    vaultId: key.vaultId,
    managedKeyId: key.id,
    blobId: blob.id,
    publicKey: newKey.publicKey,
    expiresAt,
    usedAt: null,
    initialState,
  };
  return { importKey: { ...row, ...fields }, blob };
}

/** Stores a new import key; those of the same key that have expired lose their blobs. */
export async function insertImportKey(tx: Writer, context: Context, { importKey, blob }: NewImportKey): Promise<void> {
  const expired = { managedKeyId: { eq: importKey.managedKeyId }, expiresAt: { lte: context.now } };
  await endBlobs(tx, context, { ownerId: { within: { noun: 'importKey', field: 'id', where: expired as never } } });
  await tx.insert('keyBlob', blob);
  await tx.insert('importKey', importKey);
}

/** What the caller gets of an import key for material of this key. */
export function importOffer(
  hsm: Pick<Hsm, 'capabilities'>,
  { id, publicKey, expiresAt }: ImportKey,
  key: Pick<ManagedKey, 'algorithm'>,
): ImportOffer {
  // An RSA private key is longer than any OAEP block.
  const isTooLong = algorithmDescriptor(key.algorithm).algorithm === 'RSA';
  const fitting = importMechanisms.filter((mechanism) => !(isTooLong && mechanism === 'RSA_OAEP_SHA256'));
  const mechanisms = fitting.filter((mechanism) => isAble(hsm, importKeySpec, mechanism, 'UNWRAPPING'));
  return { id, publicKey, expiresAt, mechanisms };
}

/** @throws EstateError IMPORT_KEY_USED when the key was used before or has expired */
export function refuseSpentImportKey(importKey: ImportKey, now: Timestamp): void {
  if (importKey.usedAt !== null || importKey.expiresAt <= now) throw new EstateError('IMPORT_KEY_USED');
}

/** The import key as the HSM opens it. @throws EstateError IMPORT_KEY_USED when its blob is gone */
export async function importKeyRef(reader: Reader, importKey: ImportKey): Promise<KeyRef> {
  const blob = await reader.get('keyBlob', importKey.blobId);
  if (!blob) throw new EstateError('IMPORT_KEY_USED');
  return { blob: blob.blob, context: importKeyContext(importKey.id, importKey.vaultId) };
}

/** Spends an import key: nobody can open material with it any more. */
export async function spendImportKey(tx: Writer, context: Context, importKey: ImportKey): Promise<void> {
  await tx.update('importKey', changed(context, importKey, { usedAt: context.now }));
  await endBlobs(tx, context, { id: { eq: importKey.blobId } }, [importKey.id]);
}

function importKeyContext(importKeyId: string, vaultId: string): BlobContext {
  return { keyId: importKeyId, version: 1, vaultId };
}
