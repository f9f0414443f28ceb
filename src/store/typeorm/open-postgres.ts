/** PostgreSQL: one connection that writes and holds the lock, and a pool of read-only ones. */
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, type QueryRunner } from 'typeorm';
import { EstateError } from '../../domain/errors.js';
import { commonOptions, migrate } from './data-source.js';
import type { Database, SnapshotConnection } from './database.js';
import { postgresDialect } from './dialect.js';
import { storeFailure } from './failures.js';
import type { PostgresStoreOptions } from './options.js';

/** Key of the advisory lock, which is one per database: "kyok" in ASCII. */
const lockKey = 0x6b796f6b;
/** A server that was just killed may be seen for a moment longer. */
const lockAttempts = 10;
const lockAttemptMilliseconds = 100;

/** @throws EstateError STORE_IN_USE, STORE_UNAVAILABLE */
export async function openPostgres(options: PostgresStoreOptions): Promise<Database> {
  const opened: DataSource[] = [];
  try {
    // Two: the writer, which is kept, and what migrates beside it.
    const writers = await connectPostgres(options, opened, 2, '-c default_transaction_read_only=off');
    let writing: QueryRunner | undefined = await lockedRunner(writers);
    let term = 1;
    await migrate(writers);
    const readers = await connectPostgres(options, opened, options.readConnections ?? 8, '-c default_transaction_read_only=on');
    const discardWriter = async () => {
      const lost = writing;
      writing = undefined;
      await terminate(lost);
    };
    return {
      dialect: postgresDialect,
      readers,
      snapshot: () => snapshotOf(readers),
      // A connection that broke took the lock with it; whoever writes next must hold it again.
      writer: async () => {
        if (writing && !writing.isReleased) return writing;
        writing = await lockedRunner(writers);
        term += 1;
        return writing;
      },
      term: () => (writing && !writing.isReleased ? term : undefined),
      discardWriter,
      close: async () => {
        await writing?.release();
        await closeAll(opened);
      },
    };
  } catch (error) {
    await closeAll(opened);
    throw storeFailure(error);
  }
}

export async function connectPostgres(
  { url, log }: PostgresStoreOptions,
  opened: DataSource[],
  poolSize: number,
  settings: string,
): Promise<DataSource> {
  const source = new DataSource({
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'kyok',
    connectTimeoutMS: 10_000,
    poolErrorHandler: (error: unknown) => log?.('an idle database connection broke', error),
    extra: { options: settings },
    ...commonOptions(),
  });
  await source.initialize();
  opened.push(source);
  return source;
}

/** The first statement fixes what the transaction sees. */
async function snapshotOf(readers: DataSource): Promise<SnapshotConnection> {
  const runner = readers.createQueryRunner();
  try {
    await runner.connect();
    await runner.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await runner.query('SELECT 1');
    // Ended for good: what was interrupted in the middle must not go back into the pool.
    return { runner, release: () => terminate(runner) };
  } catch (error) {
    await terminate(runner);
    throw storeFailure(error);
  }
}

/** A connection that holds the lock, which ends with it: two servers can never both write. */
export async function lockedRunner(writers: DataSource): Promise<QueryRunner> {
  const runner = writers.createQueryRunner();
  try {
    await runner.connect();
    // Acknowledged means durable, whatever the server's own default.
    await runner.query(
      "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')",
    );
    for (let attempt = 0; attempt < lockAttempts; attempt += 1) {
      const rows: { held: boolean }[] = await runner.query('SELECT pg_try_advisory_lock($1) AS held', [lockKey]);
      if (rows[0]?.held) return runner;
      await wait(lockAttemptMilliseconds);
    }
  } catch (error) {
    await terminate(runner);
    throw error;
  }
  await runner.release();
  throw new EstateError('STORE_IN_USE');
}

/** Ends the connection itself: given back to the pool it would still hold the lock, and perhaps half a transaction. */
export async function terminate(runner: QueryRunner | undefined): Promise<void> {
  if (!runner || runner.isReleased) return;
  const broken = new Error('discarded');
  await (runner as QueryRunner & { releasePostgresConnection(error: Error): Promise<void> }).releasePostgresConnection(broken);
}

export async function closeAll(opened: readonly DataSource[]): Promise<void> {
  for (const source of opened.toReversed()) await source.destroy();
}
