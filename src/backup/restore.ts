/** Puts a backup where a server will find its estate. No server may be running there. */
import { basename } from 'node:path';
import type { Config } from '../config.js';
import type { AuditEvent } from '../domain/audit-event.js';
import { EstateError } from '../domain/errors.js';
import { type DataFolder, openDataFolder } from '../server/data-folder.js';
import { startFailure } from '../server/start-failure.js';
import type { BackupManifest } from '../services/backup/format.js';
import { type BackupItem, type BackupSummary, backupItems } from '../services/backup/read.js';
import type { Noun } from '../store/contract.js';
import { loadDatabase, schemaName } from '../store/typeorm/load/load.js';
import type { Loader } from '../store/typeorm/load/loader.js';
import { decrypted, identitiesIn } from './age.js';
import { writeRestoreMarker } from './restore-marker.js';
import { placeFiles, planFiles } from './restored-files.js';
import { type BackupToRead, verifyBackup } from './verify.js';

export interface RestoreOptions extends BackupToRead {
  /** Whether an estate that is there already may be lost. */
  readonly replace: boolean;
}

export interface Restored extends BackupSummary {
  readonly dataFolder: string;
  readonly database: 'sqlite' | 'postgres';
  /** Whether the HSM state that was there stayed, since it may know of more destroyed keys than the backup's. */
  readonly hsmStateKept: boolean;
}

/**
 * Verifies a backup, then puts it into the configured database and data folder, all or nothing. The next start of the
 * server takes note of it: see restore-marker.ts.
 * @throws EstateError what verifyBackup throws; BACKUP_SCHEMA_DIFFERS, DATABASE_NOT_EMPTY, BACKUP_OF_ANOTHER_HSM,
 * STORE_IN_USE, STORE_UNAVAILABLE
 */
export async function restoreBackup(config: Config, options: RestoreOptions): Promise<Restored> {
  const summary = await verifyBackup(options);
  const { manifest, trailer } = summary;
  if (manifest.schema !== schemaName) throw new EstateError('BACKUP_SCHEMA_DIFFERS', { madeBy: manifest.kyok });
  const folder = openDataFolder(config.KYOK_DATA_DIR);
  const url = config.KYOK_DATABASE_URL;
  const target = url ? ({ type: 'postgres', url } as const) : ({ type: 'sqlite', file: folder.databaseFile } as const);
  let hsmStateKept = false;
  const load = loadDatabase(target, { replace: options.replace }, async (loader) => {
    const items = backupItems(decrypted(options.file, identitiesIn(options.identityFile)));
    const { files, end } = await loadAll(loader, items);
    // The file may have been changed since it was verified.
    if (end.trailer.sha256 !== trailer.sha256) throw new EstateError('BACKUP_DAMAGED', { reason: 'it changed while it was read' });
    const plan = await planFiles(folder.path, files, options.replace);
    hsmStateKept = plan.hsmStateKept;
    return async () => {
      await placeFiles(folder.path, plan);
      tellNextStart(folder, options.file, manifest, plan.mergedMemory);
    };
  });
  await load.catch((error: unknown) => {
    throw startFailure(error);
  });
  return { ...summary, dataFolder: folder.path, database: target.type, hsmStateKept };
}

function tellNextStart({ path }: DataFolder, file: string, { audit }: BackupManifest, memory: Uint8Array | null): void {
  writeRestoreMarker(path, {
    restoredAt: new Date().toISOString(),
    backup: basename(file),
    audit: { size: audit.size, root: new Uint8Array(Buffer.from(audit.root, 'hex')) },
    memory,
  });
}

/** Rows or events in one go. */
const batchSize = 500;

/** Everything into the database; the files are small and come back. */
async function loadAll(
  loader: Loader,
  items: AsyncGenerator<BackupItem, BackupSummary, void>,
): Promise<{ readonly files: ReadonlyMap<string, Uint8Array>; readonly end: BackupSummary }> {
  const rows = rowBatches(loader);
  const events: AuditEvent[] = [];
  const parts = new Map<string, Uint8Array[]>();
  const flushEvents = async () => await loader.appendMany(events.splice(0));
  for (;;) {
    const { done, value } = await items.next();
    if (done) {
      await rows.flush();
      await flushEvents();
      return { files: new Map([...parts].map(([name, pieces]) => [name, new Uint8Array(Buffer.concat(pieces))])), end: value };
    }
    if (value.kind === 'ROW') await rows.add(value.noun, value.entity);
    if (value.kind === 'EVENT' && events.push(value.event) >= batchSize) await flushEvents();
    if (value.kind === 'FILE') {
      if (!parts.has(value.name)) parts.set(value.name, []);
      parts.get(value.name)?.push(value.bytes);
    }
  }
}

function rowBatches(loader: Loader) {
  let noun: Noun | undefined;
  let waiting: object[] = [];
  const flush = async () => {
    const batch = waiting;
    waiting = [];
    if (noun && batch.length > 0) await loader.insertMany(noun, batch as never);
  };
  return {
    flush,
    add: async (next: Noun, entity: object) => {
      if (next !== noun || waiting.length >= batchSize) await flush();
      noun = next;
      waiting.push(entity);
    },
  };
}
