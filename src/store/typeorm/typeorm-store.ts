import type { Store } from '../contract.js';
import { auditLog } from './audit-log.js';
import type { Database } from './database.js';
import { storeFailure } from './failures.js';
import { openPostgres } from './open-postgres.js';
import { openSqlite } from './open-sqlite.js';
import type { TypeormStoreOptions } from './options.js';
import { type Run, reader } from './reader.js';
import { transactions } from './transactions.js';

type Openers = { readonly [T in TypeormStoreOptions['type']]: (options: Extract<TypeormStoreOptions, { type: T }>) => Promise<Database> };
const openers: Openers = { sqlite: openSqlite, postgres: openPostgres };

/**
 * A store on SQLite or PostgreSQL, migrated and locked for this process.
 * @throws EstateError STORE_IN_USE when another process has it open, STORE_UNAVAILABLE when it cannot be opened.
 */
export async function typeormStore(options: TypeormStoreOptions): Promise<Store> {
  const open = openers[options.type] as (options: TypeormStoreOptions) => Promise<Database>;
  const database = await open(options);
  const { readers } = database;
  const run: Run = async (statement) => {
    try {
      return await statement(readers.manager);
    } catch (error) {
      throw storeFailure(error);
    }
  };
  const log = options.log ?? (() => {});
  const writes = transactions(database, log);
  return {
    read: reader(run, database.dialect),
    write: writes.write,
    audit: auditLog(run, database.dialect, writes),
    onCommit: writes.onCommit,
    ping: async () => {
      await run((manager) => manager.query('SELECT 1'));
    },
    close: writes.close,
  };
}
