/** The device key: 32 bytes outside the data folder that open the sealed state without a person. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { EstateError } from '../../domain/errors.js';

/** Where the device key comes from: a file that only its owner may read, or a shell command's standard output. */
export type DeviceKeySource =
  | {
      readonly file: string;
      /** Makes the file with a random key when it is not there (development). */
      readonly create?: boolean;
      /** Refuses a file on the same volume as this folder: whoever copies the volume would have both. */
      readonly notOnVolumeOf?: string;
    }
  | { readonly command: string };

const run = promisify(execFile);
const deviceKeyBytes = 32;
const maxText = 4096;
/** The command must not inherit a unit's socket (file descriptor 3). */
const closingUnitSocket = 'exec 3>&-; exec /bin/sh -c "$0"';
const commandMilliseconds = 30_000;

/**
 * 32 bytes, written as hex or base64.
 * @throws EstateError MASTER_KEY_STATE_FORBIDS with `details.reason` DEVICE_KEY_…
 */
export async function readDeviceKey(source: DeviceKeySource): Promise<Uint8Array> {
  const text = 'file' in source ? await readKeyFile(source) : await readCommand(source.command);
  return parse(text.trim()) ?? refuse('DEVICE_KEY_MALFORMED', where(source));
}

function parse(text: string): Uint8Array | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return bytes.length === deviceKeyBytes ? bytes : null;
}

async function readKeyFile(source: Extract<DeviceKeySource, { file: string }>): Promise<string> {
  if (source.create) await createIfAbsent(source.file);
  const handle = await open(source.file, 'r').catch(() => refuse('DEVICE_KEY_UNREADABLE', where(source)));
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > maxText) refuse('DEVICE_KEY_MALFORMED', where(source));
    if ((found.mode & 0o077) !== 0) refuse('DEVICE_KEY_READABLE_BY_OTHERS', where(source));
    const volume = source.notOnVolumeOf === undefined ? null : (await stat(source.notOnVolumeOf)).dev;
    if (volume === found.dev) refuse('DEVICE_KEY_ON_DATA_VOLUME', where(source));
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

async function createIfAbsent(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(deviceKeyBytes).toString('hex')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

async function readCommand(command: string): Promise<string> {
  try {
    const { stdout } = await run('/bin/sh', ['-c', closingUnitSocket, command], {
      timeout: commandMilliseconds,
      maxBuffer: maxText,
      encoding: 'utf8',
    });
    return stdout;
  } catch {
    // The command's own words may hold the key: they are not repeated.
    return refuse('DEVICE_KEY_COMMAND_FAILED', {});
  }
}

function where(source: DeviceKeySource): Record<string, unknown> {
  return 'file' in source ? { file: source.file } : {};
}

function refuse(reason: string, details: Readonly<Record<string, unknown>>): never {
  throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason, ...details });
}
