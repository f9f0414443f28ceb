/** The server's own files: who may read them, and the secrets that lie outside HSM and database. */
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartFailure } from '../config.js';
import { writeWholeFileSync } from '../files/whole-file.js';

export interface DataFolder {
  readonly path: string;
  readonly databaseFile: string;
  /** State of the HSM: without it no key blob opens. */
  readonly sealedStateFile: string;
  /** Where an administrator's API key is written. */
  readonly adminKeyFile: string;
}

/** Opens the data folder; development makes it. @throws StartFailure */
export function openDataFolder(path: string): DataFolder {
  try {
    if (!existsSync(path)) mkdirSync(path, { recursive: true, mode: 0o700 });
    return {
      path,
      databaseFile: join(path, 'kyok.db'),
      sealedStateFile: join(path, 'hsm', 'sealed-state.json'),
      adminKeyFile: join(path, 'admin.key'),
    };
  } catch (cause) {
    throw new StartFailure(`KYOK_DATA_DIR cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/**
 * HMAC-SHA-256 under the folder's pepper, lower-case hex. A new pepper is made only where no API key depends on an old one.
 * @throws StartFailure
 */
export function keyedHash({ path }: DataFolder, mayMakePepper: boolean): (secret: Uint8Array) => string {
  const file = join(path, 'pepper.key');
  if (!existsSync(file)) {
    if (!mayMakePepper)
      throw new StartFailure(`${file} is missing, and no API key can be checked without it: put it back, or run "kyok admin reset"`);
    writeSecretFile(file, randomBytes(32).toString('base64'));
  }
  const pepper = Buffer.from(readFileSync(file, 'utf8'), 'base64');
  if (pepper.length !== 32) throw new StartFailure(`${file} does not hold 32 bytes in base64: put the original back`);
  return (secret) => createHmac('sha256', pepper).update(secret).digest('hex');
}

/** Writes a file that only its owner reads: whole and durable, or not at all. */
export function writeSecretFile(file: string, text: string): void {
  writeWholeFileSync(file, `${text}\n`);
}
