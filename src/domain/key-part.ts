/**
 * Master key parts: how they combine, how they are recognised, and the passphrase-protected file that holds one.
 *
 * Randomness is handed in, since this layer has none. Parts are 32 bytes; the master key is the XOR of 2 or 3 of them.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { argon2idAsync } from '@noble/hashes/argon2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { fromBase64, toBase64 } from './base64.js';
import type { TextRule } from './entity.js';
import { EstateError } from './errors.js';

export const masterKeyBytes = 32;
export const keyPartTotals = [2, 3] as const;
export const keyPartPassphraseRule: TextRule = { min: 12, max: 1024, form: 'at least 12 characters' };
/** Bytes of randomness that one key part file needs: 16 of salt, 12 of nonce. */
export const keyPartFileRandomBytes = 28;

/** One part of a master key in clear: only ever in the memory of the machine that makes or loads it. */
export interface KeyPart {
  /** Names the parts that belong together. */
  readonly setId: string;
  /** Counts from 1. */
  readonly part: number;
  readonly total: number;
  readonly bytes: Uint8Array;
  /** Pattern of the whole master key: tells before anything is loaded whether this is the key an HSM expects. */
  readonly masterKeyPattern: Uint8Array;
}

/** A key part as a JSON file: all but the part's bytes can be read, and is bound to them. */
export interface KeyPartFile {
  readonly format: 'kyok-master-key-part';
  readonly version: 1;
  readonly setId: string;
  readonly part: number;
  readonly total: number;
  /** Hex. */
  readonly masterKeyPattern: string;
  readonly kdf: KeyPartKdf;
  readonly cipher: { readonly name: 'AES-256-GCM'; readonly nonce: string };
  /** Base64 of ciphertext || tag. */
  readonly encrypted: string;
}

interface KeyPartKdf {
  readonly name: 'argon2id';
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  /** Base64, 16 bytes. */
  readonly salt: string;
}

/** RFC 9106, section 4, second recommended option. */
const kdfCosts = { memoryKiB: 65_536, passes: 3, lanes: 4 };
/** A file from elsewhere must not be able to fill the memory. */
const kdfLimits = { memoryKiB: 1_048_576, passes: 16, lanes: 16 };
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;

/** SHA-256(0x01 || key): equal for equal keys, and reveals nothing of them. */
export function verificationPatternOf(key: Uint8Array): Uint8Array {
  return sha256(concatBytes(Uint8Array.of(1), key));
}

/** The master key of its parts: their XOR. */
export function combineKeyParts(parts: readonly Uint8Array[]): Uint8Array {
  const key = new Uint8Array(masterKeyBytes);
  for (const part of parts) for (let i = 0; i < key.length; i += 1) key[i] = (key[i] ?? 0) ^ (part[i] ?? 0);
  return key;
}

/**
 * All parts of a new master key from random bytes: 32 for each part.
 * @throws RangeError for another number of bytes.
 */
export function newKeyParts(setId: string, total: (typeof keyPartTotals)[number], random: Uint8Array): readonly KeyPart[] {
  if (random.length !== total * masterKeyBytes) throw new RangeError(`${total} parts need ${total * masterKeyBytes} random bytes`);
  const parts = Array.from({ length: total }, (_, i) => copied(random, i * masterKeyBytes, (i + 1) * masterKeyBytes));
  const masterKeyPattern = verificationPatternOf(combineKeyParts(parts));
  return parts.map((bytes, i) => ({ setId, part: i + 1, total, bytes, masterKeyPattern }));
}

/** Protects a part with a passphrase; takes about a second. `random` is 28 bytes, used for this file alone. */
export async function sealKeyPart(part: KeyPart, passphrase: string, random: Uint8Array): Promise<KeyPartFile> {
  if (random.length !== keyPartFileRandomBytes) throw new RangeError(`a key part file needs ${keyPartFileRandomBytes} random bytes`);
  const nonce = copied(random, saltBytes);
  const open = {
    format: 'kyok-master-key-part',
    version: 1,
    setId: part.setId,
    part: part.part,
    total: part.total,
    masterKeyPattern: bytesToHex(part.masterKeyPattern),
    kdf: { name: 'argon2id', ...kdfCosts, salt: toBase64(copied(random, 0, saltBytes)) },
    cipher: { name: 'AES-256-GCM', nonce: toBase64(nonce) },
  } as const;
  const key = await fileKey(open.kdf, passphrase);
  const encrypted = gcm(key, nonce, boundFields(open)).encrypt(part.bytes);
  key.fill(0);
  return { ...open, encrypted: toBase64(encrypted) };
}

/** What a key part file says without its passphrase. @throws EstateError KEY_PART_INVALID */
export function readKeyPartFile(text: string): KeyPartFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new EstateError('KEY_PART_INVALID', { reason: 'NOT_A_KEY_PART_FILE' });
  }
  if (!isKeyPartFile(parsed)) throw new EstateError('KEY_PART_INVALID', { reason: 'NOT_A_KEY_PART_FILE' });
  return parsed;
}

/** The part in a file. @throws EstateError KEY_PART_INVALID for a wrong passphrase or an altered file, without telling which. */
export async function openKeyPart(file: KeyPartFile, passphrase: string): Promise<KeyPart> {
  const key = await fileKey(file.kdf, passphrase);
  try {
    const bytes = gcm(key, fromBase64(file.cipher.nonce), boundFields(file)).decrypt(fromBase64(file.encrypted));
    const { setId, part, total } = file;
    return { setId, part, total, bytes, masterKeyPattern: hexToBytes(file.masterKeyPattern) };
  } catch {
    throw new EstateError('KEY_PART_INVALID', { part: file.part });
  } finally {
    key.fill(0);
  }
}

function fileKey(kdf: KeyPartKdf, passphrase: string): Promise<Uint8Array> {
  const { memoryKiB, passes, lanes } = kdf;
  // NFKC: the same passphrase typed on another keyboard gives the same bytes.
  const secret = utf8ToBytes(passphrase.normalize('NFKC'));
  return argon2idAsync(secret, fromBase64(kdf.salt), { m: memoryKiB, t: passes, p: lanes, dkLen: 32 });
}

/** The readable fields in one fixed order: an altered one makes the part unreadable. */
function boundFields(file: Omit<KeyPartFile, 'encrypted'>): Uint8Array {
  const { kdf } = file;
  const costs = [kdf.name, kdf.memoryKiB, kdf.passes, kdf.lanes, kdf.salt];
  return utf8ToBytes(JSON.stringify([file.format, file.version, file.setId, file.part, file.total, file.masterKeyPattern, ...costs]));
}

function isKeyPartFile(value: unknown): value is KeyPartFile {
  const file = value as KeyPartFile | null;
  return (
    file?.format === 'kyok-master-key-part' &&
    file.version === 1 &&
    typeof file.setId === 'string' &&
    (keyPartTotals as readonly number[]).includes(file.total) &&
    isCount(file.part, file.total) &&
    typeof file.masterKeyPattern === 'string' &&
    /^[0-9a-f]{64}$/.test(file.masterKeyPattern) &&
    isKdf(file.kdf) &&
    file.cipher?.name === 'AES-256-GCM' &&
    isBase64Of(file.cipher.nonce, nonceBytes) &&
    isBase64Of(file.encrypted, masterKeyBytes + tagBytes)
  );
}

function isKdf(kdf: KeyPartKdf | undefined): boolean {
  return (
    kdf?.name === 'argon2id' &&
    isCount(kdf.memoryKiB, kdfLimits.memoryKiB) &&
    isCount(kdf.passes, kdfLimits.passes) &&
    isCount(kdf.lanes, kdfLimits.lanes) &&
    kdf.memoryKiB >= 8 * kdf.lanes &&
    isBase64Of(kdf.salt, saltBytes)
  );
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
}

function isBase64Of(value: unknown, length: number): boolean {
  if (typeof value !== 'string') return false;
  try {
    return fromBase64(value).length === length;
  } catch {
    return false;
  }
}

/** A copy also of a Buffer, whose own `slice` shares its bytes: the caller may wipe what it gave. */
function copied(bytes: Uint8Array, start: number, end?: number): Uint8Array {
  return Uint8Array.from(bytes.subarray(start, end));
}
