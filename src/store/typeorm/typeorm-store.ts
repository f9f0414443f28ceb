import { setTimeout as wait } from 'node:timers/promises';
import type { Store } from '../contract.js';
import { auditLog } from './audit-log.js';
import type { Database } from './database.js';
import { isConnectionLost, storeFailure } from './failures.js';
import { openPostgres } from './open-postgres.js';
import { openSqlite } from './open-sqlite.js';
import type { TypeormStoreOptions } from './options.js';
import { readCache } from './read-cache.js';
import { type Run, reader } from './reader.js';
import { snapshots } from './snapshot.js';
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
  const run = readRunner(database);
  const log = options.log ?? (() => {});
  const cache = readCache(reader(run, database.dialect), database.term);
  const writes = transactions(database, cache, log, options.observer);
  return {
    read: cache.read,
    write: writes.write,
    snapshot: snapshots(database, writes),
    audit: auditLog(run, database.dialect, writes),
    onCommit: writes.onCommit,
    ping: async () => {
      await run((manager) => manager.query('SELECT 1'));
    },
    close: writes.close,
  };
}

/** A read on a connection that broke while it was idle is tried again: the pool needs a moment to see it. */
const readAttempts = 4;
const readAttemptMilliseconds = 25;

function readRunner({ readers }: Database): Run {
  return async (statement) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await statement(readers.manager);
      } catch (error) {
        if (!isConnectionLost(error) || attempt >= readAttempts) throw storeFailure(error);
        await wait(readAttemptMilliseconds);
      }
    }
  };
}
