import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TypeormStoreOptions } from '../../src/store/typeorm/options.js';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { describeWith } from '../programs.js';
import { auditEvent } from '../store/entities.js';
import { hasPostgres, startPostgres, type TestPostgres } from '../store/postgres.js';
import type { Said } from './store-writer.js';
import { expectAllThere, startWriter } from './store-writer-process.js';

function killTests(newPlace: () => Promise<TypeormStoreOptions>): void {
  test('kill -9 at any moment loses nothing that was acknowledged, and leaves nothing half done', async () => {
    const options = await newPlace();
    const acknowledged: Said[] = [];
    for (const lines of [2, 30, 200]) {
      const writer = await startWriter(options, 'busy');
      await writer.until((said) => said.length >= lines);
      await writer.kill();
      acknowledged.push(...writer.said);
    }
    const store = await typeormStore(options);
    const records = await expectAllThere(store, acknowledged);
    expect((await store.audit.append(auditEvent())).index).toBe(records.length);
    await store.close();
  }, 60_000);

  test('another process is refused while one has the store open, and let in when that is killed', async () => {
    const options = await newPlace();
    const holder = await startWriter(options, 'idle');
    await holder.until((said) => said.length > 0);
    await expect(typeormStore(options)).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await holder.kill();
    const store = await typeormStore(options);
    await store.ping();
    await store.close();
  }, 60_000);
}

describe('kill -9 on SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-kill-'));
  let places = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  killTests(async () => {
    places += 1;
    return { type: 'sqlite', file: join(folder, `${places}.db`) };
  });
});

describeWith('PostgreSQL', hasPostgres, 'kill -9 on PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });
  killTests(async () => ({ type: 'postgres', url: await postgres.newDatabase() }));
});
