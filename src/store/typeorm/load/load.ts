/** How a backup becomes a database. */
import { schemaFingerprint } from '../migrations/definition.js';
import { migrations } from '../migrations/index.js';
import type { TypeormStoreOptions } from '../options.js';
import type { LoadOptions, LoadWork } from './loader.js';
import { loadPostgres } from './postgres.js';
import { loadSqlite } from './sqlite.js';

type Loaders = {
  readonly [T in TypeormStoreOptions['type']]: (
    options: Extract<TypeormStoreOptions, { type: T }>,
    load: LoadOptions,
    work: LoadWork,
  ) => Promise<void>;
};
const loaders: Loaders = { sqlite: loadSqlite, postgres: loadPostgres };

/**
 * Fills a database that no store has open, all or nothing, under the same lock as a store.
 * @throws EstateError DATABASE_NOT_EMPTY, STORE_IN_USE, STORE_UNAVAILABLE; what the work throws comes through
 */
export async function loadDatabase(options: TypeormStoreOptions, load: LoadOptions, work: LoadWork): Promise<void> {
  const loadInto = loaders[options.type] as (options: TypeormStoreOptions, load: LoadOptions, work: LoadWork) => Promise<void>;
  await loadInto(options, load, work);
}

/** Names the tables of this build, the same on both databases. */
export const schemaName = schemaFingerprint(migrations);
