/** The verbs on backups that work without a server: verify, and restore on the server's own machine. */
import { type Restored, type RestoreOptions, restoreBackup } from '../backup/restore.js';
import { type BackupToRead, verifyBackup } from '../backup/verify.js';
import { loadConfig, StartFailure } from '../config.js';
import { usageFailure } from './failure.js';

type Env = Readonly<Record<string, string | undefined>>;
type Verified = Awaited<ReturnType<typeof verifyBackup>>;

/** What a whole backup says of itself. */
export async function verify(backup: BackupToRead): Promise<Verified> {
  return await verifyBackup(backup);
}

/** Puts a backup into the database and data folder of the settings; refused while a server runs there. */
export async function restore(env: Env, options: RestoreOptions): Promise<Restored> {
  try {
    return await restoreBackup(loadConfig(env), options);
  } catch (error) {
    throw error instanceof StartFailure ? usageFailure(error.message) : error;
  }
}
