import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { usageFailure } from '../failure.js';

/**
 * Writes a file that appears only when it is whole: chunks go to a temporary file beside it (mode 0600), which takes its
 * name when all of them are durable and vanishes when one fails to come, also on Ctrl-C.
 * @throws CliFailure USAGE for a file that is there, unless it may be replaced
 */
export async function writeWholeFile(path: string, chunks: AsyncIterable<Uint8Array>, mayReplace: boolean): Promise<void> {
  if (!mayReplace && existsSync(path)) throw usageFailure(`${path}: the file exists already; --replace replaces it.`);
  const temporary = `${path}.${randomUUID()}.part`;
  const removeTemporary = () => rmSync(temporary, { force: true });
  process.on('exit', removeTemporary);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      for await (const chunk of chunks) await handle.writeFile(chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    removeTemporary();
    process.off('exit', removeTemporary);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
