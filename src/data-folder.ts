/** The server's own files: who may read them, and the secrets that lie outside HSM and database. */
import { createHmac, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.js';

export interface DataFolder {
  readonly path: string;
  /** Where the development profile puts the first administrator's API key. */
  readonly adminKeyFile: string;
  /** HMAC-SHA-256 under the pepper, lower-case hex. */
  keyedHash(secret: Uint8Array): string;
}

/** Opens the data folder; development makes it. */
export function openDataFolder(config: Config): DataFolder {
  const path = config.KYOK_DATA_DIR;
  if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
  const pepperFile = join(path, 'pepper.key');
  if (!existsSync(pepperFile)) writeSecretFile(pepperFile, randomBytes(32).toString('base64'));
  const pepper = Buffer.from(readFileSync(pepperFile, 'utf8'), 'base64');
  if (pepper.length !== 32)
    throw new Error(`${pepperFile} is not a 32-byte key; put the original back, or remove it and run "kyok admin reset"`);
  return {
    path,
    adminKeyFile: join(path, 'admin.key'),
    keyedHash: (secret) => createHmac('sha256', pepper).update(secret).digest('hex'),
  };
}

/** Writes a file that only its owner reads: whole and durable, or not at all. */
export function writeSecretFile(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}.tmp`;
  const handle = openSync(unfinished, 'w', 0o600);
  try {
    writeSync(handle, `${text}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, file);
}
