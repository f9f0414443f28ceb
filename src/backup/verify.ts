import { EstateError } from '../domain/errors.js';
import { type BackupSummary, backupSummary } from '../services/backup/read.js';
import { decrypted, identitiesIn } from './age.js';

export interface BackupToRead {
  /** The age file. */
  readonly file: string;
  /** Holds the key of a recipient. */
  readonly identityFile: string;
  /** The log's verifier key, kept since it was first seen; with it a backup that it has not signed is refused. */
  readonly publicKey?: string;
}

/**
 * Reads a backup to its end and answers what it says of itself, once it was found whole: encryption, counts, hash, audit
 * tree, and signatures where the HSM was open. Needs no server and changes nothing.
 * @throws EstateError BACKUP_IDENTITY_WRONG, BACKUP_DAMAGED, BACKUP_FORMAT_UNKNOWN, BACKUP_NOT_TRUSTED
 */
export async function verifyBackup({ file, identityFile, publicKey }: BackupToRead): Promise<BackupSummary> {
  const summary = await backupSummary(decrypted(file, identitiesIn(identityFile)));
  if (publicKey !== undefined && summary.manifest.verifierKey !== publicKey.trim()) throw new EstateError('BACKUP_NOT_TRUSTED');
  return summary;
}
