/** Puts rows and events of a backup into an empty database, inside one transaction. */
import type { QueryRunner } from 'typeorm';
import type { AuditEvent } from '../../../domain/audit-event.js';
import { emptyFrontier } from '../../../domain/audit-log.js';
import { EstateError } from '../../../domain/errors.js';
import type { Writer } from '../../contract.js';
import { insertLeaves, leafOf } from '../audit-rows.js';
import type { Dialect } from '../dialect.js';
import { writer } from '../writer.js';

export interface Loader {
  readonly insertMany: Writer['insertMany'];
  /** Appends to the log, from its first event on, as they are. */
  appendMany(events: readonly AuditEvent[]): Promise<void>;
}

export interface LoadOptions {
  /** Whether an estate that is there already may be lost. */
  readonly replace: boolean;
}

/**
 * Puts everything in; the database changes when its promise resolves, and not at all when it rejects. What it answers is
 * done after that, still under the lock.
 */
export type LoadWork = (loader: Loader) => Promise<() => Promise<void>>;

export function loader({ manager }: QueryRunner, dialect: Dialect): Loader {
  let frontier = emptyFrontier;
  const { insertMany } = writer({
    run: (statement) => statement(manager, () => {}),
    dialect,
    appendAudit: () => Promise.reject(new EstateError('INTERNAL')),
  });
  return {
    insertMany,
    appendMany: async (events) => {
      frontier = await insertLeaves(manager, dialect, frontier, events.map(leafOf));
    },
  };
}

/** Whether any table holds a row, but for the lists of migrations; a table that cannot be read counts as one that does. */
export async function holdsRows(runner: QueryRunner, tables: readonly string[]): Promise<boolean> {
  for (const table of tables.filter((name) => !migrationTables.includes(name))) {
    const rows: unknown[] = await runner.query(`SELECT 1 FROM "${table}" LIMIT 1`);
    if (rows.length > 0) return true;
  }
  return false;
}

const migrationTables: readonly string[] = ['migration', 'migration_definition'];
