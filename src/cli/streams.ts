/** Bytes in and out of a command: files, standard streams, or text on the command line. */
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { fromBase64, toBase64 } from '../domain/base64.js';
import { usageFailure } from './failure.js';
import type { Io } from './io.js';
import { type Given, option, type Parameter } from './verb.js';

/** Options that say where the data comes from. */
export const sourceOptions: readonly Parameter[] = [
  option('in', 'File with the data, or "-" for standard input (where nothing else is given).', { placeholder: 'file' }),
  option('text', 'The data itself, as UTF-8 text.', {}),
  option('base64', 'The data itself, in base64.', { placeholder: 'data' }),
];

/** Options that say where the result goes. */
export const sinkOptions: readonly Parameter[] = [
  option('out', 'File to write the result to, made with mode 0600; standard output if not given.', { placeholder: 'file' }),
];

/** Whether the data was named at all. */
export function namesSource(given: Given): boolean {
  return ['in', 'text', 'base64'].some((name) => given[name] !== undefined);
}

/** The data that the options name. */
export async function sourceOf(io: Io, given: Given): Promise<Uint8Array> {
  const named = ['in', 'text', 'base64'].filter((name) => given[name] !== undefined);
  if (named.length > 1) throw usageFailure(`--${named.join(' and --')} exclude each other.`);
  if (given.text !== undefined) return Buffer.from(String(given.text), 'utf8');
  if (given.base64 !== undefined) return base64Bytes(String(given.base64), '--base64');
  if (given.in !== undefined && given.in !== '-') return readFileSync(String(given.in));
  if (io.terminal && given.in === undefined) throw usageFailure('No data: give --in, --text or --base64, or pipe it in.');
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks);
}

/** The content of the file that a text names with "@" before its path; nothing for a text that stands for itself. */
export function fileNamedBy(text: string): Buffer | undefined {
  return text.startsWith('@') ? readFileSync(text.slice(1)) : undefined;
}

/** A text, or that of the file it names with "@", without the line feed at its end: keeps secrets out of process lists. */
export function textOrFile(text: string): string {
  return fileNamedBy(text)?.toString('utf8').trimEnd() ?? text;
}

/** Base64 text as its bytes; anything else as it is. Lets ciphertexts and signatures be kept in either form. */
export function unarmoured(data: Uint8Array): Uint8Array {
  const text = Buffer.from(data).toString('latin1').trim().replace(/\s+/g, '');
  return text !== '' && /^[A-Za-z0-9+/]+={0,2}$/.test(text) && text.length % 4 === 0 ? fromBase64(text) : data;
}

/** A line of base64. */
export function armoured(data: Uint8Array): string {
  return `${toBase64(data)}\n`;
}

/** @throws CliFailure USAGE that names the place. */
export function base64Bytes(text: string, place: string): Uint8Array {
  try {
    return fromBase64(text.trim());
  } catch {
    throw usageFailure(`${place} is not base64.`);
  }
}

/**
 * Writes a file that only its owner reads, also where there was one that others could read. Nothing is written when
 * that cannot be had. Devices and pipes stay as they are.
 */
export function writePrivateFile(path: string, data: string | Uint8Array, { mayReplace = true } = {}): void {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const file = openSync(path, O_WRONLY | O_CREAT | (mayReplace ? 0 : O_EXCL), 0o600);
  try {
    if (fstatSync(file).isFile()) {
      fchmodSync(file, 0o600);
      ftruncateSync(file);
    }
    if (typeof data === 'string') writeSync(file, data);
    else for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
  } finally {
    closeSync(file);
  }
}
