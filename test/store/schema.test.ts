import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/typeorm/database.js';
import { openPostgres } from '../../src/store/typeorm/open-postgres.js';
import { openSqlite } from '../../src/store/typeorm/open-sqlite.js';
import { rowClasses } from '../../src/store/typeorm/rows/index.js';
import { describeWith } from '../programs.js';
import { hasPostgres, startPostgres, type TestPostgres } from './postgres.js';

/** Tables and columns as the row classes say, and as the migrations made them. */
async function bothSchemas(source: DataSource) {
  const runner = source.createQueryRunner();
  const described = source.entityMetadatas.map(({ tableName, columns }) => ({
    table: tableName,
    columns: columns.map(({ databaseName, isNullable, isPrimary }) => ({ name: databaseName, isNullable, isPrimary })),
  }));
  const made = [];
  for (const { table } of described) {
    const columns = (await runner.getTable(table))?.columns ?? [];
    made.push({
      table,
      columns: columns.map(({ name, isNullable, isPrimary }) => ({ name, isNullable: isNullable && !isPrimary, isPrimary })),
    });
  }
  await runner.release();
  return { described, made };
}

/** Name of the first migration, of which the tests make a foreign one. */
const first = 'Estate1795000000001';

function schemaTests(openDatabase: (name: string) => Promise<Database>): void {
  const open = () => openDatabase('plain');

  test('the row classes describe the tables that the migrations make', async () => {
    const database = await open();
    const { described, made } = await bothSchemas(database.readers);
    expect(described).toHaveLength(Object.keys(rowClasses).length);
    expect(described).toEqual(made);
    await database.close();
  });

  const spoiled: [string, string][] = [
    ['whose migration was another', `UPDATE migration_definition SET sha256 = 'other' WHERE name = '${first}'`],
    ['that does not say what its migrations were', 'DROP TABLE migration_definition'],
  ];
  test.each(spoiled)('a database %s is refused', async (what, spoil) => {
    const open = () => openDatabase(what.replaceAll(' ', '_'));
    await (await open()).close();
    const database = await open();
    const runner = await database.writer();
    await runner.query(spoil);
    await database.close();
    const refused = await open().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { migrations: [first] } });
    expect((refused as Error).cause).toMatchObject({
      message: expect.stringContaining('made by another build of kyok (migration 0001 differs)'),
    });
  });

  test('a database that a newer version has migrated is refused', async () => {
    const database = await open();
    const runner = await database.writer();
    await runner.query("INSERT INTO migration (timestamp, name) VALUES (9999999999999, 'Future9999999999999')");
    await database.close();
    await expect(open()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', details: { migrations: ['Future9999999999999'] } });
  });
}

describe('tables on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-schema-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  schemaTests((name) => openSqlite({ type: 'sqlite', file: join(folder, `${name}.db`) }));
});

describeWith('PostgreSQL', hasPostgres, 'tables on PostgreSQL', () => {
  let postgres: TestPostgres;
  const urls = new Map<string, string>();
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });
  schemaTests(async (name) => {
    const url = urls.get(name) ?? (await postgres.newDatabase());
    urls.set(name, url);
    return await openPostgres({ type: 'postgres', url });
  });
});
