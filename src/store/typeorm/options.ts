import type { StoreObserver } from '../contract.js';

interface CommonOptions {
  /** Told what goes wrong beside the caller's way: a listener that throws, an idle connection that breaks. */
  readonly log?: (message: string, cause: unknown) => void;
  /** Told of the store's work as it happens. */
  readonly observer?: StoreObserver;
}

export interface SqliteStoreOptions extends CommonOptions {
  readonly type: 'sqlite';
  /** Path of the database; it is made with mode 0600, its folder too where absent. `<file>.lock` lies beside it. */
  readonly file: string;
}

export interface PostgresStoreOptions extends CommonOptions {
  readonly type: 'postgres';
  /** `postgres://user:password@host:port/database?sslmode=…`; never repeated in errors. */
  readonly url: string;
  /** Connections for reads, 8 by default. Writing takes one more. */
  readonly readConnections?: number;
}

export type TypeormStoreOptions = SqliteStoreOptions | PostgresStoreOptions;
