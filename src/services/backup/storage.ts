import type { BackupFile } from './format.js';

/** A backup as it lies on the server's machine. */
export interface StoredBackup {
  /** Absolute path on the server's machine. */
  readonly path: string;
  /** Bytes of the file. */
  readonly size: number;
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
}

/** Where backups go, encrypted on the way to recipients whose keys the server does not hold. */
export interface BackupStorage {
  /** Names the tables of this build's store; a restore wants the same. */
  readonly schema: string;
  /** The server's files that belong to the estate but not to the database, as they are now. */
  files(): Promise<readonly BackupFile[]>;
  /**
   * Writes a backup as a whole or not at all, durable once the promise resolves; one at a time.
   * @throws EstateError BACKUP_UNDER_WAY, BACKUP_NOT_WRITTEN; what `content` throws comes through
   */
  write(name: string, content: AsyncIterable<Uint8Array>): Promise<StoredBackup>;
}
