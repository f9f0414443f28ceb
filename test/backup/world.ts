/** An estate that can be backed up, and what is needed to bring it back. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { backupFolder } from '../../src/backup/backup-folder.js';
import { type Config, loadConfig } from '../../src/config.js';
import { type Backup, createBackup } from '../../src/services/backup/create.js';
import { backupNouns } from '../../src/services/backup/format.js';
import type { Estate } from '../../src/services/estate.js';
import { perform } from '../../src/services/perform.js';
import type { Store } from '../../src/store/contract.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';

export interface BackupWorld {
  readonly test: TestEstate;
  readonly estate: Estate;
  /** Holds the identity, and whatever a test puts there. */
  readonly folder: string;
  readonly identityFile: string;
  backup(): Promise<Backup>;
  close(): Promise<void>;
}

export async function newIdentity(file: string): Promise<string> {
  const identity = await generateX25519Identity();
  writeFileSync(file, `# made for a test\n${identity}\n`, { mode: 0o600 });
  return await identityToRecipient(identity);
}

export async function backupWorld(): Promise<BackupWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-backup-'));
  const identityFile = join(folder, 'identity.txt');
  const recipients = [await newIdentity(identityFile)];
  const test = await testEstate();
  // The HSM of this estate lives in memory; what a server would have in its data folder stands for it.
  mkdirSync(join(test.folder, 'hsm'));
  writeFileSync(join(test.folder, 'pepper.key'), 'a pepper\n');
  writeFileSync(join(test.folder, 'hsm/sealed-state.json'), hsmState('first'));
  writeFileSync(join(test.folder, 'hsm/device.key'), 'never in a backup');
  const estate = { ...test.estate, backups: backupFolder({ folder: join(folder, 'backups'), recipients, dataFolder: test.folder }) };
  return {
    test,
    estate,
    folder,
    identityFile,
    backup: () => perform(estate, test.admin, createBackup, {}),
    close: async () => {
      await test.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The parts of an HSM's sealed state that a restore looks at. */
export function hsmState(instanceId: string, memory = 'bWVtb3J5'): string {
  return JSON.stringify({ instanceId, verificationPattern: 'ab'.repeat(32), memory });
}

/** Settings of a server that is to be restored. */
export function settingsFor(dataDir: string, databaseUrl?: string): Config {
  return loadConfig({ KYOK_DATA_DIR: dataDir, ...(databaseUrl ? { KYOK_DATABASE_URL: databaseUrl } : {}) });
}

/** All that a store holds, by table, and its log. */
export async function contentOf({ read, audit }: Pick<Store, 'read' | 'audit'>): Promise<object> {
  const rows = await Promise.all(backupNouns.map(async (noun) => [noun, await read.find(noun, {})] as const));
  return { ...Object.fromEntries(rows), audit: await audit.read(0, 100_000) };
}
