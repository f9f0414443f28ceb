/** PostgreSQL: emptied and filled in one transaction. */
import type { DataSource, QueryRunner } from 'typeorm';
import { EstateError } from '../../../domain/errors.js';
import { migrate } from '../data-source.js';
import { postgresDialect } from '../dialect.js';
import { storeFailure } from '../failures.js';
import { closeAll, connectPostgres, lockedRunner, terminate } from '../open-postgres.js';
import type { PostgresStoreOptions } from '../options.js';
import { rowClasses } from '../rows/index.js';
import { tableOf } from '../table.js';
import { holdsRows, type LoadOptions, type LoadWork, loader } from './loader.js';

export async function loadPostgres(options: PostgresStoreOptions, { replace }: LoadOptions, work: LoadWork): Promise<void> {
  const opened: DataSource[] = [];
  let runner: QueryRunner | undefined;
  try {
    const source = await connectPostgres(options, opened, 2, '-c default_transaction_read_only=off');
    runner = await lockedRunner(source);
    if (!replace && (await holdsAnything(runner))) throw new EstateError('DATABASE_NOT_EMPTY');
    await migrate(source);
    await runner.query('BEGIN');
    await runner.query(`TRUNCATE ${tablesOf(source).join(', ')}`);
    const afterwards = await work(loader(runner, postgresDialect));
    await runner.query('COMMIT');
    await afterwards();
  } catch (error) {
    throw storeFailure(error);
  } finally {
    // Ends the transaction too, where it is still open.
    await terminate(runner);
    await closeAll(opened);
  }
}

async function holdsAnything(runner: QueryRunner): Promise<boolean> {
  const tables: { tablename: string }[] = await runner.query('SELECT tablename FROM pg_tables WHERE schemaname = current_schema()');
  return await holdsRows(
    runner,
    tables.map(({ tablename }) => tablename),
  );
}

function tablesOf(source: DataSource): string[] {
  const nouns = Object.keys(rowClasses) as (keyof typeof rowClasses)[];
  return [...nouns.map((noun) => tableOf(source, noun).name), 'audit_event', 'audit_node'].map((name) => `"${name}"`);
}
