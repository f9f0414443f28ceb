import { createHash } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import { type ColumnTypes, columnTypes, typesByDatabase } from './column-types.js';

/** A migration's class: what it runs is known without running it. */
export interface MigrationDefinition {
  readonly name: string;
  readonly statements: (types: ColumnTypes) => readonly string[];
}

/** Where a database keeps a fingerprint of every migration as it was when it ran. */
const table = 'migration_definition';

/** Runs a migration's statements and remembers which they were, in the same transaction. */
export async function runDefinition(runner: QueryRunner, definition: MigrationDefinition): Promise<void> {
  const { text } = columnTypes(runner);
  for (const statement of definition.statements(columnTypes(runner))) await runner.query(statement);
  await runner.query(`CREATE TABLE IF NOT EXISTS ${table} (name ${text} PRIMARY KEY, sha256 ${text} NOT NULL)`);
  await runner.query(`INSERT INTO ${table} (name, sha256) VALUES ('${definition.name}', '${fingerprint(runner, definition)}')`);
}

/** Takes back what `runDefinition` did. */
export async function revertDefinition(runner: QueryRunner, definition: MigrationDefinition): Promise<void> {
  const tables = definition.statements(columnTypes(runner)).flatMap((statement) => /^CREATE TABLE (\w+)/.exec(statement)?.[1] ?? []);
  for (const made of tables.reverse()) await runner.query(`DROP TABLE ${made}`);
  await runner.query(`DELETE FROM ${table} WHERE name = '${definition.name}'`);
}

/** The names of migrations that this database has run, and the fingerprint of each where it was remembered. */
export async function migrationsDone(runner: QueryRunner): Promise<ReadonlyMap<string, string | null>> {
  if (!(await runner.hasTable('migration'))) return new Map();
  const done: { name: string }[] = await runner.query('SELECT name FROM migration ORDER BY timestamp');
  const remembered: { name: string; sha256: string }[] = (await runner.hasTable(table))
    ? await runner.query(`SELECT name, sha256 FROM ${table}`)
    : [];
  const fingerprints = new Map(remembered.map(({ name, sha256 }) => [name, sha256]));
  return new Map(done.map(({ name }) => [name, fingerprints.get(name) ?? null]));
}

/** SHA-256 over the statements, lower-case hex; line breaks and indentation do not count. */
export function fingerprint(runner: QueryRunner, { statements }: MigrationDefinition): string {
  return hashOf(statements(columnTypes(runner)));
}

/** One name for the tables that these migrations make, the same on every database: SHA-256, lower-case hex. */
export function schemaFingerprint(definitions: readonly MigrationDefinition[]): string {
  return hashOf(definitions.flatMap(({ name, statements }) => [name, ...statements(typesByDatabase.sqlite)]));
}

function hashOf(statements: readonly string[]): string {
  const text = statements.map((statement) => statement.replace(/\s+/g, ' '));
  return createHash('sha256').update(text.join(';\n')).digest('hex');
}
