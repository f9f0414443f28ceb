/** Encryption of backups: the age v1 format (https://age-encryption.org/v1), streamed. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { Decrypter, Encrypter } from 'age-encryption';
import { StartFailure } from '../config.js';
import { boundedHeader } from '../domain/age-header.js';
import { EstateError } from '../domain/errors.js';

/** Encrypted 64 KiB at a time; smaller pieces cost more than they weigh. */
const blockBytes = 64 * 1024;

/** @throws StartFailure when one of them is no recipient of age */
export function encrypterTo(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter();
  try {
    for (const recipient of recipients) encrypter.addRecipient(recipient);
  } catch (cause) {
    throw new StartFailure('KYOK_BACKUP_RECIPIENT names something that is no age recipient: copy "age1…" whole', { cause });
  }
  return encrypter;
}

/** The content as an age file, in constant memory. */
export async function encrypted(encrypter: Encrypter, content: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  return (await encrypter.encrypt(ReadableStream.from(inBlocks(content)) as ReadableStream<Uint8Array>)) as AsyncIterable<Uint8Array>;
}

async function* inBlocks(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of content) {
    pieces.push(piece);
    length += piece.length;
    if (length < blockBytes) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(pieces);
}

/**
 * The secret keys in an identity file, as `kyok backup keygen` and age-keygen write them.
 * @throws EstateError BACKUP_IDENTITY_WRONG when the file holds none
 */
export function identitiesIn(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const identities = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length === 0 || !identities.every(isIdentity))
    throw new EstateError('BACKUP_IDENTITY_WRONG', { reason: 'the file holds no identity' });
  return identities;
}

function isIdentity(text: string): boolean {
  try {
    new Decrypter().addIdentity(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The content of an age file, in constant memory. What was handed out before an error is worth nothing.
 * @throws EstateError BACKUP_IDENTITY_WRONG, BACKUP_DAMAGED
 */
export async function* decrypted(file: string, identities: readonly string[]): AsyncGenerator<Uint8Array, void, void> {
  // A file that is not there is told as one.
  statSync(file);
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const { chunks, ended } = boundedHeader(createReadStream(file, { highWaterMark: blockBytes }));
  try {
    const content = await decrypter.decrypt(ReadableStream.from(chunks) as ReadableStream<Uint8Array>);
    ended();
    yield* content as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw decryptionFailure(error);
  }
}

/** What the library says in words. */
function decryptionFailure(error: unknown): unknown {
  if (error instanceof Error && 'syscall' in error) return error;
  if (/no identity matched/.test(String(error))) return new EstateError('BACKUP_IDENTITY_WRONG', {}, { cause: error });
  return new EstateError('BACKUP_DAMAGED', { reason: 'its encryption does not verify' }, { cause: error });
}
