/** Master key parts on their way from passphrase-protected files into the crypto units, never in clear on the wire. */
import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fromBase64, toBase64 } from '../domain/base64.js';
import { type KeyPartFile, openKeyPart, readKeyPartFile } from '../domain/key-part.js';
import { send } from './calls.js';
import { usageFailure } from './failure.js';
import { fingerprintText } from './fingerprint.js';
import { type Registers, registersSelection } from './nouns/registers.js';
import { oaep } from './oaep.js';
import { confirm, passphrase } from './prompt.js';
import { type Given, mutation, query, type Session } from './verb.js';

export const importersOperation = query('hsmImporters', {}, 'unit publicKey');
export const loadOperation = mutation('loadMasterKeyPart', { input: 'LoadMasterKeyPartInput!' }, registersSelection);

interface Importer {
  readonly unit: number;
  readonly publicKey: string;
}

/** Key part files by their paths. */
export function readPartFiles(paths: readonly string[]): KeyPartFile[] {
  return paths.map((path) => readKeyPartFile(readFileSync(path, 'utf8')));
}

/**
 * All parts of one master key, in order.
 * @throws CliFailure USAGE when parts are missing, doubled or of several keys.
 */
export function completeSet(files: readonly KeyPartFile[]): readonly KeyPartFile[] {
  const [first] = files;
  const parts = new Set(files.map(({ part }) => part));
  if (!first || files.some(({ setId }) => setId !== first.setId)) throw usageFailure('These files hold parts of different master keys.');
  if (parts.size !== files.length || files.length !== first.total)
    throw usageFailure(`This master key has ${first.total} parts; give each of them once.`);
  return [...files].sort((a, b) => a.part - b.part);
}

/** Asks for the passphrase of each part, shows whom the parts go to, and loads them. */
export async function loadParts(session: Session, files: readonly KeyPartFile[], given: Given): Promise<Registers> {
  const importers = (await send(session, importersOperation, {})) as readonly Importer[];
  for (const { unit, publicKey } of importers) session.say(`Crypto unit ${unit}: importer key SHA-256 ${fingerprint(publicKey)}`);
  await confirm(session.io, 'The parts are encrypted to these keys; compare them with what the units show.', given.yes === true);
  let registers: Registers | undefined;
  for (const [position, file] of files.entries()) {
    const part = await openPart(session, file, given['passphrase-file'] as readonly string[] | undefined, position);
    const byUnit = importers.map(({ unit, publicKey }) => ({ unit, encrypted: toBase64(oaep(part, spki(publicKey))) }));
    part.fill(0);
    registers = (await send(session, loadOperation, { input: { part: file.part, total: file.total, byUnit } })) as Registers;
    session.say(`Part ${file.part} of ${file.total} is loaded.`);
  }
  if (!registers) throw usageFailure('Name at least one key part file.');
  return registers;
}

async function openPart(session: Session, file: KeyPartFile, passphraseFiles: readonly string[] | undefined, position: number) {
  const path = passphraseFiles?.[position] ?? passphraseFiles?.[0];
  const typed = await passphrase(session.io, path, `Passphrase of part ${file.part}`);
  const { bytes } = await session.progress.during('opening the key part', () => openKeyPart(file, typed));
  return bytes;
}

function spki(publicKey: string) {
  return createPublicKey({ key: Buffer.from(fromBase64(publicKey)), format: 'der', type: 'spki' });
}

function fingerprint(publicKey: string): string {
  return fingerprintText(createHash('sha256').update(fromBase64(publicKey)).digest('hex'));
}
