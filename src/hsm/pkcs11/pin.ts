/** The PIN of a token: read by the unit that logs in, never passed on, and never tried again once it was refused. */
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { refused } from './refusals.js';

export interface PinPlace {
  readonly pinFile: string;
  readonly refusedPinFile: string;
}

const maxPinBytes = 256;

/**
 * The first line of the PIN file.
 * @throws EstateError MASTER_KEY_STATE_FORBIDS with `details.reason` TOKEN_PIN_UNREADABLE, TOKEN_PIN_READABLE_BY_OTHERS,
 * TOKEN_PIN_MALFORMED, TOKEN_PIN_REFUSED_BEFORE
 */
export async function readPin({ pinFile, refusedPinFile }: PinPlace): Promise<string> {
  const handle = await open(pinFile, 'r').catch(() => {
    throw refused('TOKEN_PIN_UNREADABLE', { file: pinFile });
  });
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > maxPinBytes) throw refused('TOKEN_PIN_MALFORMED', { file: pinFile });
    if ((found.mode & 0o077) !== 0) throw refused('TOKEN_PIN_READABLE_BY_OTHERS', { file: pinFile });
    if ((await noted(refusedPinFile)) === markOf(found)) throw refused('TOKEN_PIN_REFUSED_BEFORE', { file: pinFile });
    const pin = (await handle.readFile('utf8')).replace(/\r?\n$/, '');
    if (pin === '' || /[\r\n\0]/.test(pin)) throw refused('TOKEN_PIN_MALFORMED', { file: pinFile });
    await rm(refusedPinFile, { force: true });
    return pin;
  } finally {
    await handle.close();
  }
}

/**
 * Notes that the token refused this PIN file as it is. A unit that dies and a server that is restarted log in again by
 * themselves: without the note they would do so until the token locks. The note holds no trace of the PIN.
 */
export async function rememberRefusedPin({ pinFile, refusedPinFile }: PinPlace): Promise<void> {
  await mkdir(path.dirname(refusedPinFile), { recursive: true, mode: 0o700 });
  await writeFile(refusedPinFile, markOf(await stat(pinFile)), { mode: 0o600 });
}

async function noted(file: string): Promise<string | null> {
  return await readFile(file, 'utf8').catch(() => null);
}

/** A file that is written again has another mark, whatever was written. */
function markOf({ ino, mtimeMs }: { readonly ino: number; readonly mtimeMs: number }): string {
  return JSON.stringify({ ino, mtimeMs });
}
