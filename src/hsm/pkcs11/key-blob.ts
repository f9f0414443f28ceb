/**
 * The key blob, version 2: wrapped and authenticated by a token. All numbers are big-endian.
 *
 * | offset | bytes | field |
 * |---|---|---|
 * | 0 | 4 | magic "KYOK" |
 * | 4 | 2 | version, 2 |
 * | 6 | 16 | master key id: first 16 bytes of the verification pattern |
 * | 22 | 8 | attribute word (EP11's bits) |
 * | 30 | 2 | algorithm, by `blobId` of the algorithm table |
 * | 32 | 2 | size, by `blobId` of the algorithm table |
 * | 34 | 1 | place of the key: 1 wrapped in this blob, 2 an object on the token |
 * | 35 | 4 + n | check value, after its length |
 * | | 4 + n | DER SubjectPublicKeyInfo, after its length; empty for secrets |
 * | | 4 + n | the key under AES key wrap with padding (raw secret, or PKCS#8 DER), or the object's label, after its length |
 * | | 32 | HMAC-SHA-256 by the token, purpose "key blob 2", over all before it followed by the canonical context |
 *
 * The MAC is verified before anything else of the blob is believed, and before anything is unwrapped.
 */
import { algorithmDescriptors, type KeySpec, keyAlgorithms, sizeDescriptor } from '../../domain/algorithms.js';
import { EstateError } from '../../domain/errors.js';
import type { BlobContext } from '../../domain/key-blob.js';
import { attributesOf, attributeWord } from '../attribute-word.js';
import { encodeContext } from '../blob-context.js';
import { concat, equalBytes, plain } from '../bytes.js';
import type { KeyAttributes } from '../contract.js';
import { type MasterKeys, masterKeyIdBytes } from './master-keys.js';

const magic = Buffer.from('KYOK', 'latin1');
const version = 2;
const at = { version: 4, masterKeyId: 6, attributes: 22, algorithm: 30, size: 32, place: 34 };
const headerBytes = 35;
const macBytes = 32;
const maxBlobBytes = 32_768;
const places = { WRAPPED: 1, ON_TOKEN: 2 } as const;

/** A key as a blob describes it. */
export interface BlobContent {
  readonly spec: KeySpec;
  readonly attributes: KeyAttributes;
  readonly isLocal: boolean;
  readonly checkValue: Uint8Array;
  /** DER SubjectPublicKeyInfo, for key pairs. */
  readonly spki: Uint8Array | null;
  readonly place: keyof typeof places;
  /** The wrapped key, or the label of its object. */
  readonly key: Uint8Array;
}

export function sealBlob(masterKeys: MasterKeys, content: BlobContent, context: BlobContext | null): Uint8Array {
  const size = sizeDescriptor(content.spec);
  if (!size) throw new EstateError('ALGORITHM_UNKNOWN');
  const header = Buffer.alloc(headerBytes);
  magic.copy(header, 0);
  header.writeUInt16BE(version, at.version);
  header.set(masterKeys.id, at.masterKeyId);
  header.writeBigUInt64BE(attributeWord(content.attributes, content.isLocal), at.attributes);
  header.writeUInt16BE(algorithmDescriptors[content.spec.algorithm].blobId, at.algorithm);
  header.writeUInt16BE(size.blobId, at.size);
  header.writeUInt8(places[content.place], at.place);
  const body = concat(header, prefixed(content.checkValue), prefixed(content.spki ?? new Uint8Array()), prefixed(content.key));
  return concat(body, masterKeys.mac('key blob 2', concat(body, encodeContext(context))));
}

/**
 * The content of a blob that the token authenticates.
 * @throws EstateError MASTER_KEY_MISMATCH; BLOB_REFUSED for any other defect, without saying which
 */
export function readBlob(masterKeys: MasterKeys, blob: Uint8Array, context: BlobContext | null): BlobContent {
  const view = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  const isWellFormed =
    blob.length > headerBytes + macBytes &&
    blob.length <= maxBlobBytes &&
    view.subarray(0, magic.length).equals(magic) &&
    view.readUInt16BE(at.version) === version;
  if (!isWellFormed) throw new EstateError('BLOB_REFUSED');
  const masterKeyId = plain(view.subarray(at.masterKeyId, at.masterKeyId + masterKeyIdBytes));
  if (!equalBytes(masterKeyId, masterKeys.id)) throw new EstateError('MASTER_KEY_MISMATCH');
  const body = plain(view.subarray(0, blob.length - macBytes));
  const expected = masterKeys.mac('key blob 2', concat(body, encodeContext(context)));
  if (!equalBytes(expected, plain(view.subarray(blob.length - macBytes)))) throw new EstateError('BLOB_REFUSED');
  return readFields(Buffer.from(body)) ?? refuse();
}

/** Fields of an authenticated body; `null` for what another version wrote. */
function readFields(body: Buffer): BlobContent | null {
  const word = attributesOf(body.readBigUInt64BE(at.attributes));
  const algorithm = keyAlgorithms.find((name) => algorithmDescriptors[name].blobId === body.readUInt16BE(at.algorithm));
  const size = algorithm && algorithmDescriptors[algorithm].sizes.find((entry) => entry.blobId === body.readUInt16BE(at.size));
  const place = (Object.keys(places) as (keyof typeof places)[]).find((name) => places[name] === body.readUInt8(at.place));
  const fields = readPrefixed(body.subarray(headerBytes));
  if (!word || !algorithm || !size || !place || fields?.length !== 3) return null;
  const [checkValue = new Uint8Array(), spki = new Uint8Array(), key = new Uint8Array()] = fields;
  return { spec: { algorithm, size: size.size }, ...word, checkValue, spki: spki.length > 0 ? spki : null, place, key };
}

function prefixed(bytes: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return concat(length, bytes);
}

function readPrefixed(bytes: Buffer): Uint8Array[] | null {
  const fields: Uint8Array[] = [];
  let from = 0;
  while (from < bytes.length) {
    if (bytes.length - from < 4) return null;
    const end = from + 4 + bytes.readUInt32BE(from);
    if (end > bytes.length) return null;
    fields.push(new Uint8Array(bytes.subarray(from + 4, end)));
    from = end;
  }
  return fields;
}

function refuse(): never {
  throw new EstateError('BLOB_REFUSED');
}
