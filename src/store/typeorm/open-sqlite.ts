/** SQLite: one connection that writes, one that reads, and a lock that dies with its process. */
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataSource, type QueryRunner } from 'typeorm';
import { EstateError } from '../../domain/errors.js';
import { commonOptions, migrate } from './data-source.js';
import type { Database, SnapshotConnection } from './database.js';
import { sqliteDialect } from './dialect.js';
import { storeFailure } from './failures.js';
import type { SqliteStoreOptions } from './options.js';
import { preparedDriver } from './prepared.js';

/** How long a lock is waited for: a server that is just going away may hold it for a moment. */
const busyMilliseconds = 1_000;
/** The same when the journal is emptied: every write waits meanwhile, and it is tried again. */
const busyEmptyingMilliseconds = 50;

export const writerPragmas = [
  'PRAGMA journal_mode = WAL',
  // FULL: what was acknowledged survives a power cut, not only a crash.
  'PRAGMA synchronous = FULL',
  'PRAGMA foreign_keys = ON',
  // What is deleted is overwritten with zeros: a destroyed key leaves no blob behind.
  'PRAGMA secure_delete = ON',
];

/** @throws EstateError STORE_IN_USE, STORE_UNAVAILABLE */
export async function openSqlite({ file }: SqliteStoreOptions): Promise<Database> {
  const opened: DataSource[] = [];
  try {
    await makePrivate(file, `${file}.lock`);
    const lock = await connectSqlite(`${file}.lock`, opened, []);
    await takeLock(lock);
    await removeSqlite(unfinishedFile(file));
    const writers = await connectSqlite(file, opened, writerPragmas);
    await migrate(writers);
    const readers = await connectSqlite(file, opened, ['PRAGMA query_only = ON']);
    const runner = writers.createQueryRunner();
    return {
      dialect: sqliteDialect,
      readers,
      snapshot: () => snapshotOf(file),
      writer: async () => runner,
      term: () => 1,
      // There is but one connection; a transaction that would not end is ended before the next one begins.
      discardWriter: async () => {},
      dropDeleted: () => emptyJournal(runner),
      close: () => closeAll(opened),
    };
  } catch (error) {
    await closeAll(opened);
    throw storeFailure(error);
  }
}

/** Where a restore puts a database together; what one that was killed left there holds key blobs. */
export function unfinishedFile(file: string): string {
  return `${file}.restoring`;
}

/** Removes a database and the files beside it that belong to it. */
export async function removeSqlite(file: string): Promise<void> {
  for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
}

/** The first read fixes what the transaction sees. The journal keeps growing meanwhile, and deleted blobs stay in it. */
async function snapshotOf(file: string): Promise<SnapshotConnection> {
  const opened: DataSource[] = [];
  try {
    const source = await connectSqlite(file, opened, ['PRAGMA query_only = ON']);
    const runner = source.createQueryRunner();
    await runner.query('BEGIN');
    await runner.query('SELECT count(*) FROM sqlite_master');
    return { runner, release: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    throw storeFailure(error);
  }
}

/** Empty files for their owner only, where absent; the journal files take over the database's mode. */
export async function makePrivate(...files: readonly string[]): Promise<void> {
  for (const file of files) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  for (const path of files) await (await open(path, 'a', 0o600)).close();
}

export async function connectSqlite(file: string, opened: DataSource[], pragmas: readonly string[]): Promise<DataSource> {
  const { default: sqlite3 } = await import('sqlite3');
  const source = new DataSource({
    type: 'sqlite',
    database: file,
    driver: preparedDriver(sqlite3),
    busyTimeout: busyMilliseconds,
    ...commonOptions(),
  });
  source.driver.supportedDataTypes.push('bytea');
  await source.initialize();
  opened.push(source);
  for (const pragma of pragmas) await source.query(pragma);
  return source;
}

/** Moves the journal, which still holds rows that were deleted since, into the database and cuts it to nothing. */
async function emptyJournal(runner: QueryRunner): Promise<boolean> {
  await runner.query(`PRAGMA busy_timeout = ${busyEmptyingMilliseconds}`);
  try {
    const [result]: { busy: number }[] = await runner.query('PRAGMA wal_checkpoint(TRUNCATE)');
    return result?.busy === 0;
  } finally {
    await runner.query(`PRAGMA busy_timeout = ${busyMilliseconds}`);
  }
}

/**
 * Holds an exclusive transaction on a file of its own for as long as the store is open: the operating system takes
 * the lock back from a killed process, and readers of the database itself (a backup) are not shut out.
 */
export async function takeLock(lock: DataSource): Promise<void> {
  try {
    await lock.query('BEGIN EXCLUSIVE');
  } catch (error) {
    const failure = storeFailure(error);
    if (!/SQLITE_BUSY|database is locked/.test(String(failure.cause))) throw failure;
    throw new EstateError('STORE_IN_USE', {}, { cause: failure.cause });
  }
}

/** Last opened, first closed: the lock goes last. */
export async function closeAll(opened: readonly DataSource[]): Promise<void> {
  for (const source of opened.toReversed()) await source.destroy();
}
