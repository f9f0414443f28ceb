/** SQLite: a new database beside the old one, which takes its place when it is whole. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { DataSource } from 'typeorm';
import { EstateError } from '../../../domain/errors.js';
import { renameDurably } from '../../../files/whole-file.js';
import { migrate } from '../data-source.js';
import { sqliteDialect } from '../dialect.js';
import { storeFailure } from '../failures.js';
import { closeAll, connectSqlite, makePrivate, removeSqlite, takeLock, unfinishedFile } from '../open-sqlite.js';
import type { SqliteStoreOptions } from '../options.js';
import { holdsRows, type LoadOptions, type LoadWork, loader } from './loader.js';

export async function loadSqlite({ file }: SqliteStoreOptions, { replace }: LoadOptions, work: LoadWork): Promise<void> {
  const opened: DataSource[] = [];
  const unfinished = unfinishedFile(file);
  try {
    await makePrivate(`${file}.lock`);
    await takeLock(await connectSqlite(`${file}.lock`, opened, []));
    await removeSqlite(unfinished);
    if (!replace && (await holdsAnything(file))) throw new EstateError('DATABASE_NOT_EMPTY');
    const afterwards = await build(unfinished, work);
    await takePlace(unfinished, file);
    await afterwards();
  } catch (error) {
    await removeSqlite(unfinished);
    throw storeFailure(error);
  } finally {
    await closeAll(opened);
  }
}

/** A database that cannot be read holds something. */
async function holdsAnything(file: string): Promise<boolean> {
  if (!existsSync(file)) return false;
  const opened: DataSource[] = [];
  try {
    const source = await connectSqlite(file, opened, ['PRAGMA query_only = ON']);
    const runner = source.createQueryRunner();
    const tables: { name: string }[] = await runner.query(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    );
    return await holdsRows(
      runner,
      tables.map(({ name }) => name),
    );
  } catch {
    return true;
  } finally {
    await closeAll(opened);
  }
}

async function build(file: string, work: LoadWork): Promise<() => Promise<void>> {
  const opened: DataSource[] = [];
  try {
    await makePrivate(file);
    const source = await connectSqlite(file, opened, ['PRAGMA synchronous = FULL', 'PRAGMA foreign_keys = ON']);
    await migrate(source);
    const runner = source.createQueryRunner();
    await runner.query('BEGIN IMMEDIATE');
    const afterwards = await work(loader(runner, sqliteDialect));
    await runner.query('COMMIT');
    return afterwards;
  } finally {
    await closeAll(opened);
  }
}

/**
 * The journal of the old database would be played into the new one, so it is ended first: the old one is whole without it
 * at every moment. Where it is too damaged for that, there is nothing to keep.
 */
async function takePlace(built: string, file: string): Promise<void> {
  if (existsSync(file)) await endJournal(file);
  for (const left of [`${file}-wal`, `${file}-shm`]) await rm(left, { force: true });
  await renameDurably(built, file);
}

async function endJournal(file: string): Promise<void> {
  const opened: DataSource[] = [];
  try {
    const source = await connectSqlite(file, opened, []);
    await source.query('PRAGMA wal_checkpoint(TRUNCATE)');
    await source.query('PRAGMA journal_mode = DELETE');
  } catch (error) {
    const failure = storeFailure(error);
    if (!isDamaged(failure)) throw failure;
  } finally {
    await closeAll(opened);
  }
}

function isDamaged({ cause }: Error): boolean {
  return /SQLITE_(CORRUPT|NOTADB)/.test(String((cause as { code?: unknown } | undefined)?.code));
}
