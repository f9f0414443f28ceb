/** Files that are there as a whole or not at all, also after a power cut. */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Ends the name of what is still being written; whatever carries it and has no writer may be removed. */
export const unfinishedSuffix = '.partial';

/**
 * Writes a file for its owner only (mode 0600) in a folder that is there; a file of this name is replaced. Until the promise
 * resolves the old content stays, and what was written is removed when content fails to come or the process exits.
 * @throws what the system or the content throws
 */
export async function writeWholeFile(path: string, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  await removedUnlessNamed(path, async (unfinished) => {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      for await (const piece of content) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(unfinished, path);
  });
}

/** The same at once, for a text. */
export function writeWholeFileSync(path: string, text: string): void {
  const unfinished = unfinishedName(path);
  try {
    const file = openSync(unfinished, 'wx', 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Gives a file whose content is durable its name, durably: without the folder's sync a power cut may take the name back. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  const folder = await open(dirname(to), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Two writers of one file do not meet in the unfinished one. */
function unfinishedName(path: string): string {
  return `${path}.${randomUUID()}${unfinishedSuffix}`;
}

async function removedUnlessNamed(path: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = unfinishedName(path);
  const remove = () => rmSync(unfinished, { force: true });
  process.on('exit', remove);
  try {
    await write(unfinished);
  } finally {
    remove();
    process.off('exit', remove);
  }
}
