/**
 * The key blob, version 1. All numbers are big-endian.
 *
 * | offset | bytes | field |
 * |---|---|---|
 * | 0 | 4 | magic "KYOK" |
 * | 4 | 2 | version, 1 |
 * | 6 | 16 | master key id: first 16 bytes of SHA-256(0x01 || master key) |
 * | 22 | 32 | session id (EP11), reserved, zero |
 * | 54 | 8 | attribute word (EP11's bits) |
 * | 62 | 8 | mode (EP11), reserved, zero |
 * | 70 | 2 | algorithm, by `blobId` of the algorithm table |
 * | 72 | 2 | size, by `blobId` of the algorithm table |
 * | 74 | 16 | salt |
 * | 90 | 12 | nonce |
 * | 102 | n | AES-256-GCM ciphertext of the material (raw secret, or PKCS#8 DER) |
 * | 102+n | 16 | GCM tag |
 *
 * The blob's own key is HKDF-SHA-256(master key, salt, "kyok key blob 1", 32). The authenticated data is the whole
 * header (102 bytes) followed by the canonical context: 0x00 for none, else
 * 0x01 || len(key id) || key id || version(8) || (0x00, or 0x01 || len(vault id) || vault id), lengths in 4 bytes.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomFillSync } from 'node:crypto';
import { algorithmDescriptors, type KeySpec, keyAlgorithms, sizeDescriptor } from '../../domain/algorithms.js';
import { EstateError } from '../../domain/errors.js';
import type { BlobContext } from '../../domain/key-blob.js';
import { attributesOf, attributeWord } from '../attribute-word.js';
import { encodeContext } from '../blob-context.js';
import { concat, equalBytes, plain } from '../bytes.js';
import type { KeyAttributes } from '../contract.js';
import type { MasterKey } from './registers.js';

const magic = Buffer.from('KYOK', 'latin1');
const version = 1;
const at = { version: 4, masterKeyId: 6, sessionId: 22, attributes: 54, mode: 62, algorithm: 70, size: 72, salt: 74, nonce: 90 };
const headerBytes = 102;
const tagBytes = 16;
const saltBytes = 16;
const info = Buffer.from('kyok key blob 1', 'latin1');
const maxMaterialBytes = 16_384;

/** A key as it lies inside a blob. */
export interface BlobContent {
  readonly spec: KeySpec;
  readonly attributes: KeyAttributes;
  /** Made inside this HSM, never seen outside. */
  readonly isLocal: boolean;
  /** Raw secret or PKCS#8 DER. */
  readonly material: Uint8Array;
}

/** Wraps a key with the master key. */
export function sealBlob(masterKey: MasterKey, content: BlobContent, context: BlobContext | null): Uint8Array {
  const header = headerOf(masterKey, content);
  const cipher = createCipheriv('aes-256-gcm', blobKey(masterKey, header), header.subarray(at.nonce, headerBytes));
  cipher.setAAD(concat(header, encodeContext(context)));
  return concat(header, cipher.update(content.material), cipher.final(), cipher.getAuthTag());
}

/**
 * Opens a blob.
 * @throws EstateError MASTER_KEY_MISMATCH, before anything is decrypted; BLOB_REFUSED for any other defect, without saying which.
 */
export function openBlob(masterKey: MasterKey, blob: Uint8Array, context: BlobContext | null): BlobContent {
  const header = readHeader(blob);
  if (!equalBytes(header.masterKeyId, masterKey.id)) throw new EstateError('MASTER_KEY_MISMATCH');
  const material = decrypt(masterKey, blob, context);
  const clear = readClearFields(header.view);
  if (!clear) throw new EstateError('BLOB_REFUSED');
  return { ...clear, material };
}

function headerOf(masterKey: MasterKey, content: BlobContent): Uint8Array {
  const row = algorithmDescriptors[content.spec.algorithm];
  const size = sizeDescriptor(content.spec);
  if (!size) throw new EstateError('ALGORITHM_UNKNOWN');
  const header = Buffer.alloc(headerBytes);
  magic.copy(header, 0);
  header.writeUInt16BE(version, at.version);
  header.set(masterKey.id, at.masterKeyId);
  header.writeBigUInt64BE(attributeWord(content.attributes, content.isLocal), at.attributes);
  header.writeUInt16BE(row.blobId, at.algorithm);
  header.writeUInt16BE(size.blobId, at.size);
  randomFillSync(header, at.salt, headerBytes - at.salt);
  return plain(header);
}

function readHeader(blob: Uint8Array): { readonly view: Buffer; readonly masterKeyId: Uint8Array } {
  const view = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  const isWellFormed =
    blob.length > headerBytes + tagBytes &&
    blob.length <= headerBytes + tagBytes + maxMaterialBytes &&
    view.subarray(0, magic.length).equals(magic) &&
    view.readUInt16BE(at.version) === version;
  if (!isWellFormed) throw new EstateError('BLOB_REFUSED');
  return { view, masterKeyId: plain(view.subarray(at.masterKeyId, at.sessionId)) };
}

function decrypt(masterKey: MasterKey, blob: Uint8Array, context: BlobContext | null): Uint8Array {
  try {
    const header = blob.subarray(0, headerBytes);
    const decipher = createDecipheriv('aes-256-gcm', blobKey(masterKey, header), header.subarray(at.nonce, headerBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(concat(header, encodeContext(context)));
    decipher.setAuthTag(blob.subarray(blob.length - tagBytes));
    return concat(decipher.update(blob.subarray(headerBytes, blob.length - tagBytes)), decipher.final());
  } catch {
    throw new EstateError('BLOB_REFUSED');
  }
}

function blobKey(masterKey: MasterKey, header: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey.key, header.subarray(at.salt, at.salt + saltBytes), info, 32));
}

/** Reads the authenticated clear fields. A session-bound blob or another mode is of a later version: refused, not guessed at. */
function readClearFields(view: Buffer): Omit<BlobContent, 'material'> | null {
  const isReservedZero = view.subarray(at.sessionId, at.attributes).every((byte) => byte === 0) && view.readBigUInt64BE(at.mode) === 0n;
  const word = attributesOf(view.readBigUInt64BE(at.attributes));
  const algorithm = keyAlgorithms.find((name) => algorithmDescriptors[name].blobId === view.readUInt16BE(at.algorithm));
  const size = algorithm && algorithmDescriptors[algorithm].sizes.find((entry) => entry.blobId === view.readUInt16BE(at.size));
  if (!isReservedZero || !word || !algorithm || !size) return null;
  return { spec: { algorithm, size: size.size }, ...word };
}
