/** Signed statements of the audit log's size and root: C2SP tlog-checkpoint in a C2SP signed-note, Ed25519. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { sameHash } from './audit-log.js';
import { fromBase64, toBase64 } from './base64.js';
import type { Id } from './entity.js';
import { EstateError } from './errors.js';

export interface Checkpoint {
  /** Names the log. */
  readonly origin: string;
  /** Number of events covered. */
  readonly size: number;
  readonly root: Uint8Array;
}

/** Who signs notes: a name without spaces or plus signs, and a raw Ed25519 public key of 32 bytes. */
export interface NoteKey {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

const ed25519SignatureType = 0x01;

/** The origin line of a server's log, also the name of the key that signs its checkpoints. */
export function checkpointOrigin(instanceId: Id): string {
  return `kyok/${instanceId}`;
}

/** The text that is signed: origin, size and root in lines of their own, each ended by a line feed. */
export function checkpointBody({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Reads a checkpoint's text; extension lines are accepted and ignored.
 * @throws EstateError CHECKPOINT_INVALID
 */
export function parseCheckpointBody(text: string): Checkpoint {
  const [, origin, size, root] = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:[^\n]+\n)*$/.exec(text) ?? [];
  if (origin === undefined || root === undefined || !Number.isSafeInteger(Number(size))) throw new EstateError('CHECKPOINT_INVALID');
  return { origin, size: Number(size), root: bytesOf(root) };
}

/** SHA-256(name || 0x0A || 0x01 || public key), its first 4 bytes. */
export function noteKeyHash({ name, publicKey }: NoteKey): Uint8Array {
  return sha256(concatBytes(utf8ToBytes(`${name}\n`), Uint8Array.of(ed25519SignatureType), publicKey)).slice(0, 4);
}

/** The note of a text and the key's Ed25519 signature over the text's UTF-8 bytes. */
export function signedNote(text: string, key: NoteKey, signature: Uint8Array): string {
  return `${text}\n— ${key.name} ${toBase64(concatBytes(noteKeyHash(key), signature))}\n`;
}

/**
 * The text of a note that the key has signed. Signatures of other keys are ignored.
 * @throws EstateError CHECKPOINT_INVALID when the note cannot be read, or no signature of this key verifies.
 */
export function openNote(note: string, key: NoteKey): string {
  const end = note.lastIndexOf('\n\n');
  if (end === -1 || !note.endsWith('\n')) throw new EstateError('CHECKPOINT_INVALID');
  const text = note.slice(0, end + 1);
  const signatures = note
    .slice(end + 2, -1)
    .split('\n')
    .map(parseSignatureLine);
  const hash = noteKeyHash(key);
  const own = signatures.filter((signature) => signature.name === key.name && sameHash(signature.keyHash, hash));
  if (own.length !== 1 || !own.every(({ signature }) => verifies(text, key, signature))) throw new EstateError('CHECKPOINT_INVALID');
  return text;
}

/**
 * The checkpoint in a note that the key has signed.
 * @throws EstateError CHECKPOINT_INVALID also when the checkpoint is of another log than the key's name says.
 */
export function openCheckpoint(note: string, key: NoteKey): Checkpoint {
  const checkpoint = parseCheckpointBody(openNote(note, key));
  if (checkpoint.origin !== key.name) throw new EstateError('CHECKPOINT_INVALID');
  return checkpoint;
}

/** The key in text form (`vkey`): `name+keyhash+base64(0x01 || public key)`, the key hash in hex. */
export function verifierKey(key: NoteKey): string {
  return `${key.name}+${bytesToHex(noteKeyHash(key))}+${toBase64(concatBytes(Uint8Array.of(ed25519SignatureType), key.publicKey))}`;
}

/**
 * Reads a key's text form.
 * @throws EstateError CHECKPOINT_INVALID when it is not one or its key hash is wrong.
 */
export function parseVerifierKey(text: string): NoteKey {
  const [, name, hash, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text) ?? [];
  if (name === undefined || encoded === undefined) throw new EstateError('CHECKPOINT_INVALID');
  const bytes = bytesOf(encoded);
  const key = { name, publicKey: bytes.slice(1) };
  if (bytes[0] !== ed25519SignatureType || bytesToHex(noteKeyHash(key)) !== hash) throw new EstateError('CHECKPOINT_INVALID');
  return key;
}

const spkiPrefix = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/**
 * The raw 32 bytes of an Ed25519 public key in DER SubjectPublicKeyInfo (RFC 8410).
 * @throws EstateError CHECKPOINT_INVALID for any other key.
 */
export function rawEd25519Key(spki: Uint8Array): Uint8Array {
  const isEd25519 = spki.length === 44 && sameHash(spki.slice(0, 12), spkiPrefix);
  if (!isEd25519) throw new EstateError('CHECKPOINT_INVALID');
  return spki.slice(12);
}

interface NoteSignature {
  readonly name: string;
  readonly keyHash: Uint8Array;
  readonly signature: Uint8Array;
}

function parseSignatureLine(line: string): NoteSignature {
  const [, name, encoded] = /^— ([^+\s]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  if (name === undefined || encoded === undefined) throw new EstateError('CHECKPOINT_INVALID');
  const bytes = bytesOf(encoded);
  return { name, keyHash: bytes.slice(0, 4), signature: bytes.slice(4) };
}

function verifies(text: string, key: NoteKey, signature: Uint8Array): boolean {
  // zip215 off: RFC 8032's strict rules, so that every verifier agrees.
  return signature.length === 64 && ed25519.verify(signature, utf8ToBytes(text), key.publicKey, { zip215: false });
}

function bytesOf(base64: string): Uint8Array {
  try {
    return fromBase64(base64);
  } catch (cause) {
    throw new EstateError('CHECKPOINT_INVALID', {}, { cause });
  }
}
