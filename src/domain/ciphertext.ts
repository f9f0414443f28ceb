/**
 * The header in front of every ciphertext that a face hands out: it says which version of which key opens it, and how.
 *
 * | offset | bytes | content |
 * |---|---|---|
 * | 0 | 4 | `kyok` |
 * | 4 | 1 | layout, 1 |
 * | 5 | 1 | mechanism |
 * | 6 | 16 | id of the managed key |
 * | 22 | 4 | key version, big-endian |
 * | 26 | | the HSM's ciphertext |
 */
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Mechanism } from './algorithms.js';
import type { Id } from './entity.js';
import { EstateError } from './errors.js';

/** What a ciphertext says of itself. */
export interface CiphertextHeader {
  readonly mechanism: Mechanism;
  readonly keyId: Id;
  readonly version: number;
}

export interface ParsedCiphertext extends CiphertextHeader {
  /** The header's bytes as they stand in the ciphertext. */
  readonly header: Uint8Array;
  /** The HSM's ciphertext. */
  readonly body: Uint8Array;
}

export const ciphertextHeaderLength = 26;
const magic = utf8ToBytes('kyok\u0001');

/** The header's numbers for mechanisms that encrypt data; never changed, never used again. */
const mechanismIds = { AES_GCM: 1, AES_CBC: 2, RSA_OAEP_SHA256: 3, RSA_OAEP_SHA1: 4 } as const satisfies Partial<Record<Mechanism, number>>;

const mechanismById = new Map<number, Mechanism>(Object.entries(mechanismIds).map(([mechanism, id]) => [id, mechanism as Mechanism]));

/**
 * The header's bytes.
 * @throws EstateError MECHANISM_UNSUPPORTED for a mechanism that does not encrypt data
 */
export function ciphertextHeader({ mechanism, keyId, version }: CiphertextHeader): Uint8Array {
  const id = isKnown(mechanism) ? mechanismIds[mechanism] : undefined;
  if (id === undefined) throw new EstateError('MECHANISM_UNSUPPORTED', { mechanism, supported: Object.keys(mechanismIds) });
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, version);
  return concatBytes(magic, Uint8Array.of(id), hexToBytes(keyId.replaceAll('-', '')), number);
}

/** The ciphertext that a face hands out: header, then the HSM's own. */
export function ciphertextOf(header: Uint8Array, body: Uint8Array): Uint8Array {
  const ciphertext = new Uint8Array(header.length + body.length);
  ciphertext.set(header);
  ciphertext.set(body, header.length);
  return ciphertext;
}

/** The parts of a ciphertext; `undefined` when it is none of ours (CIPHERTEXT_INVALID to the caller). */
export function readCiphertext(bytes: Uint8Array): ParsedCiphertext | undefined {
  if (bytes.length < ciphertextHeaderLength || magic.some((byte, position) => bytes[position] !== byte)) return undefined;
  const mechanism = mechanismById.get(bytes[5] as number);
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(22);
  if (mechanism === undefined || version === 0) return undefined;
  const header = bytes.slice(0, ciphertextHeaderLength);
  return { mechanism, keyId: uuidText(bytes.subarray(6, 22)), version, header, body: bytes.slice(ciphertextHeaderLength) };
}

/** What is authenticated besides the data: the header, then the caller's own. Its fixed length keeps the two apart. */
export function ciphertextAad(header: Uint8Array, callersAad?: Uint8Array): Uint8Array {
  return callersAad ? concatBytes(header, callersAad) : header;
}

function isKnown(mechanism: Mechanism): mechanism is keyof typeof mechanismIds {
  return Object.hasOwn(mechanismIds, mechanism);
}

function uuidText(bytes: Uint8Array): Id {
  return bytesToHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
