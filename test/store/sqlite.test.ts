import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { conformance } from './conformance.js';

const newPlace = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-store-'));
  return {
    folder,
    open: () => typeormStore({ type: 'sqlite', file: join(folder, 'data', 'kyok.db') }),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
};

describe('typeormStore on SQLite', () => {
  conformance(newPlace);

  test('nobody else on the machine may read its files', async () => {
    const place = await newPlace();
    const store = await place.open();
    for (const file of ['kyok.db', 'kyok.db-wal', 'kyok.db.lock']) {
      expect(statSync(join(place.folder, 'data', file)).mode & 0o077).toBe(0);
    }
    await store.close();
    await place.remove();
  });

  test('a folder that cannot be is STORE_UNAVAILABLE', async () => {
    await expect(typeormStore({ type: 'sqlite', file: '/dev/null/kyok.db' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
