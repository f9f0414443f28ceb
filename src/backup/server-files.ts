/** The files of the data folder that an estate needs beside its database. The device key is none of them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackupFile, backupFileName } from '../services/backup/format.js';

/** Pepper of the API keys and state of the HSM, as they are now; what is not there is left out. */
export async function serverFiles(dataFolder: string): Promise<readonly BackupFile[]> {
  const inHsm = await readdir(join(dataFolder, 'hsm')).catch(absent([]));
  const names = ['pepper.key', ...inHsm.sort().map((name) => `hsm/${name}`)].filter((name) => backupFileName.test(name));
  const files: BackupFile[] = [];
  for (const name of names) {
    const bytes = await serverFile(dataFolder, name);
    if (bytes) files.push({ name, bytes });
  }
  return files;
}

/** The file's bytes; `null` when it is not there. */
export async function serverFile(dataFolder: string, name: string): Promise<Uint8Array | null> {
  return await readFile(join(dataFolder, name)).then((bytes) => new Uint8Array(bytes), absent(null));
}

function absent<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  };
}
