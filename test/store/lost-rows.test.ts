/**
 * Why the store has one queue and a second data source: TypeORM lets concurrent transactions share SQLite's one
 * connection. Without the pattern acknowledged rows are lost; `transactionTests` has the same four with it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from '../../src/store/typeorm/open-sqlite.js';
import { describeWith } from '../programs.js';
import { hasPostgres, startPostgres, type TestPostgres } from './postgres.js';

const failed = new Error('the work failed');
const insert = (manager: EntityManager, name: string) => manager.query(`INSERT INTO row (name) VALUES ('${name}')`);

async function names(source: DataSource): Promise<string[]> {
  const rows: { name: string }[] = await source.query('SELECT name FROM row ORDER BY name');
  return rows.map(({ name }) => name);
}

/** One transaction that inserts `a` and fails, and what is done while it is open. */
async function whileOneFails(source: DataSource, beside: () => Promise<unknown>): Promise<void> {
  const failing = source.transaction(async (manager) => {
    await insert(manager, 'a');
    await wait(30);
    throw failed;
  });
  await wait(10);
  await Promise.all([expect(failing).rejects.toBe(failed), beside()]);
}

async function twentyAtOnce(source: DataSource): Promise<{ readonly succeeded: number; readonly rows: number }> {
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      source.transaction(async (manager) => {
        await insert(manager, `row-${index}`);
        await wait(1);
        if (index % 4 === 3) throw failed;
      }),
    ),
  );
  return { succeeded: results.filter(({ status }) => status === 'fulfilled').length, rows: (await names(source)).length };
}

describe('plain TypeORM transactions on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-lost-'));
  let source: DataSource;
  let places = 0;
  beforeEach(async () => {
    places += 1;
    source = await new DataSource({ type: 'sqlite', database: join(folder, `${places}.db`) }).initialize();
    await source.query('CREATE TABLE row (name varchar)');
    return async () => await source.destroy();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('T1: a commit is acknowledged and its row is gone', async () => {
    await whileOneFails(source, () => source.transaction((manager) => insert(manager, 'b')));
    expect(await names(source)).toEqual([]);
  });

  test('T2: a read outside sees what is never committed', async () => {
    let seen: string[] = [];
    await whileOneFails(source, async () => {
      seen = await names(source);
    });
    expect([seen, await names(source)]).toEqual([['a'], []]);
  });

  test('T3: a plain insert is acknowledged and lost', async () => {
    await whileOneFails(source, () => insert(source.manager, 'b'));
    expect(await names(source)).toEqual([]);
  });

  test('T4: of 15 that should succeed, not one does as it should', async () => {
    expect(await twentyAtOnce(source)).not.toEqual({ succeeded: 15, rows: 15 });
  });
});

describeWith('PostgreSQL', hasPostgres, 'plain TypeORM transactions on PostgreSQL', () => {
  let postgres: TestPostgres;
  let source: DataSource;
  beforeAll(async () => {
    postgres = await startPostgres();
    source = await new DataSource({ type: 'postgres', url: await postgres.newDatabase() }).initialize();
    await source.query('CREATE TABLE row (name varchar)');
  });
  afterAll(async () => {
    await source?.destroy();
    await postgres?.stop();
  });

  test('T1 and T4 lose nothing: each transaction has a connection', async () => {
    await whileOneFails(source, () => source.transaction((manager) => insert(manager, 'b')));
    expect(await names(source)).toEqual(['b']);
    await source.query('DELETE FROM row');
    expect(await twentyAtOnce(source)).toEqual({ succeeded: 15, rows: 15 });
  });
});

describe('the readers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-readers-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('T3 cannot happen: the database refuses to write through them', async () => {
    const database = await openSqlite({ type: 'sqlite', file: join(folder, 'kyok.db') });
    const writing = database.readers.query("INSERT INTO audit_node (level, position, hash) VALUES (1, 0, x'00')");
    await expect(writing).rejects.toThrow(/readonly/);
    const emptying = database.readers.transaction((manager) => manager.query('DELETE FROM vault'));
    await expect(emptying).rejects.toThrow(/readonly/);
    await database.close();
  });
});
