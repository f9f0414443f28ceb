import type { DataSource, QueryRunner } from 'typeorm';
import type { Dialect } from './dialect.js';

export interface SnapshotConnection {
  readonly runner: QueryRunner;
  release(): Promise<void>;
}

/** An opened and migrated database that nobody else has open as a store. */
export interface Database {
  readonly dialect: Dialect;
  /** Sees committed rows only and refuses to write. */
  readonly readers: DataSource;
  /** A connection of its own that stays at the moment of the call until it is released. */
  snapshot(): Promise<SnapshotConnection>;
  /** The one connection that writes, opened again if it was lost; only the write queue may ask for it. */
  writer(): Promise<QueryRunner>;
  /**
   * Another number each time this process took the lock that keeps others from writing; `undefined` while it is known to be
   * lost. Whoever held it between two terms may have changed everything.
   */
  term(): number | undefined;
  /** Called when the writing connection may no longer be trusted. */
  discardWriter(): Promise<void>;
  /**
   * Takes out of the files what was deleted and committed; false when somebody still reads older states, so that it has
   * to be asked again. Absent where the database keeps that to itself. Only the write queue may call it.
   */
  readonly dropDeleted?: () => Promise<boolean>;
  close(): Promise<void>;
}
