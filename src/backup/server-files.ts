/** The files of the data folder that an estate needs beside its database. The device key is none of them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackupFile, backupFileNames } from '../services/backup/format.js';

/** Pepper of the API keys and state of the HSM, as they are now; what is not there is left out. */
export async function serverFiles(dataFolder: string): Promise<readonly BackupFile[]> {
  const files: BackupFile[] = [];
  for (const name of backupFileNames) {
    const bytes = await serverFile(dataFolder, name);
    if (bytes) files.push({ name, bytes });
  }
  return files;
}

/** The file's bytes; `null` when it is not there. */
export async function serverFile(dataFolder: string, name: string): Promise<Uint8Array | null> {
  return await readFile(join(dataFolder, name)).then((bytes) => new Uint8Array(bytes), absent);
}

/** @throws what is no absence */
function absent(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  throw error;
}
