import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Ends the name of what is still being written; whatever carries it may be removed. */
export const unfinishedSuffix = '.partial';

/**
 * Writes a file for its owner only: whole and durable once the promise resolves, or not at all. A file of this name is
 * replaced; its folder is made with mode 0700 where absent.
 */
export async function writeDurably(path: string, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  const folder = dirname(path);
  const unfinished = `${path}${unfinishedSuffix}`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(unfinished, { force: true });
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      for await (const piece of content) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
