import type { QueryRunner } from 'typeorm';

/** What each database calls the column types whose names differ. Text compares byte by byte on both; `keyed` tables have no rows but their primary key's. */
export const typesByDatabase = {
  sqlite: { text: 'varchar', bytes: 'blob', count: 'integer', keyed: ' WITHOUT ROWID' },
  postgres: { text: 'varchar COLLATE "C"', bytes: 'bytea', count: 'bigint', keyed: '' },
} as const;

export type ColumnTypes = (typeof typesByDatabase)[keyof typeof typesByDatabase];

/** The column types of the database that a migration runs on. */
export function columnTypes(runner: QueryRunner): ColumnTypes {
  return typesByDatabase[runner.connection.options.type as keyof typeof typesByDatabase];
}
