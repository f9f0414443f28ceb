import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { conformance } from './conformance.js';
import { hasPostgres, postgresName, startPostgres, type TestPostgres } from './postgres.js';

describe.skipIf(!hasPostgres)(`typeormStore on ${postgresName}`, () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(async () => {
    await postgres?.stop();
  });

  conformance(async () => {
    const url = await postgres.newDatabase();
    return { open: () => typeormStore({ type: 'postgres', url }), remove: async () => {} };
  });

  test('a server that cannot be reached is STORE_UNAVAILABLE, and the password stays out of it', async () => {
    const url = 'postgres://kyok:very-secret@127.0.0.1:1/kyok';
    const error: unknown = await typeormStore({ type: 'postgres', url }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('very-secret');
  });
});
