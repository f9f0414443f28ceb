import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EstateError } from '../domain/errors.js';
import { unfinishedSuffix, writeWholeFile } from '../files/whole-file.js';
import type { BackupStorage } from '../services/backup/storage.js';
import { schemaName } from '../store/typeorm/load/load.js';
import { encrypted, encrypterTo } from './age.js';
import { serverFiles } from './server-files.js';

export interface BackupFolderOptions {
  /** Made with mode 0700 where absent. */
  readonly folder: string;
  /** age recipients; the keys that open the backups are elsewhere. */
  readonly recipients: readonly string[];
  /** Whose files go into the backups. */
  readonly dataFolder: string;
}

/** Backups as age files in a folder of this machine. @throws StartFailure when a recipient is none */
export function backupFolder({ folder, recipients, dataFolder }: BackupFolderOptions): BackupStorage {
  const encrypter = encrypterTo(recipients);
  let isBusy = false;
  return {
    schema: schemaName,
    files: () => serverFiles(dataFolder),
    write: async (name, content) => {
      if (isBusy) throw new EstateError('BACKUP_UNDER_WAY');
      isBusy = true;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await removeUnfinished(folder);
        const path = join(folder, name);
        const measured = measure(await encrypted(encrypter, content));
        await writeWholeFile(path, measured.content);
        return { path, ...measured.result() };
      } catch (error) {
        throw error instanceof Error && 'syscall' in error ? new EstateError('BACKUP_NOT_WRITTEN', {}, { cause: error }) : error;
      } finally {
        isBusy = false;
      }
    },
  };
}

/** What a server that was killed left of a backup. */
async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('kyok-') && name.includes('.age.') && name.endsWith(unfinishedSuffix))
      await rm(join(folder, name), { force: true });
  }
}

/** The same content, and its size and SHA-256 once it has passed. */
function measure(content: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256');
  let size = 0;
  async function* passing(): AsyncGenerator<Uint8Array, void, void> {
    for await (const piece of content) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
  }
  return { content: passing(), result: () => ({ size, sha256: hash.digest('hex') }) };
}
