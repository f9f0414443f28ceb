import type { QueryRunner } from 'typeorm';

/** What each database calls the column types whose names differ. Text compares byte by byte on both. */
const typesByDatabase = {
  sqlite: { text: 'varchar', bytes: 'blob', count: 'integer' },
  postgres: { text: 'varchar COLLATE "C"', bytes: 'bytea', count: 'bigint' },
} as const;

export type ColumnTypes = (typeof typesByDatabase)[keyof typeof typesByDatabase];

/** The column types of the database that a migration runs on. */
export function columnTypes(runner: QueryRunner): ColumnTypes {
  return typesByDatabase[runner.connection.options.type as keyof typeof typesByDatabase];
}
