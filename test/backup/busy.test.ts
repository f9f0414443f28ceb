/** Backups while sixteen writers work, and estates that move from one database to the other. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { restoreBackup } from '../../src/backup/restore.js';
import { verifyBackup } from '../../src/backup/verify.js';
import { createBackup } from '../../src/services/backup/create.js';
import { createManagedKey } from '../../src/services/managed-keys/create.js';
import { perform } from '../../src/services/perform.js';
import type { Store } from '../../src/store/contract.js';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { describeWith } from '../programs.js';
import { vaultWorld } from '../services/access-samples.js';
import { hasPostgres, startPostgres } from '../store/postgres.js';
import { type BackupWorld, backupWorld, contentOf, settingsFor } from './world.js';

const worlds: BackupWorld[] = [];
async function newWorld(): Promise<BackupWorld> {
  const world = await backupWorld();
  worlds.push(world);
  return world;
}
afterAll(async () => {
  for (const world of worlds) await world.close();
});

/** What must hold of an estate at any moment: no key without its event, no event without its key, and each key whole. */
async function expectOneMoment({ read, audit }: Pick<Store, 'read' | 'audit'>): Promise<number> {
  const keys = await read.find('managedKey', { label: { startsWith: 'key-' } });
  const records = (await audit.read(0, 100_000)).filter(({ event }) => event.target.name?.startsWith('key-'));
  const made = records.filter(({ event }) => event.action === 'managed-key.create' && event.outcome === 'SUCCESS' && !event.dryRun);
  expect(keys.map(({ id }) => id).sort()).toEqual(made.map(({ event }) => event.target.id).sort());
  const blobs = new Set((await read.find('keyBlob', {})).map(({ id }) => id));
  const versions = await read.find('keyVersion', {});
  for (const { id } of keys) {
    const own = versions.filter((version) => version.managedKeyId === id);
    expect(own).toHaveLength(1);
    expect(blobs.has(own[0]?.blobId ?? '')).toBe(true);
  }
  return keys.length;
}

function interrupted({ snapshot, onCommit }: Store): Store['snapshot'] {
  const nextCommit = () =>
    new Promise<void>((resolve) => {
      const stop = onCommit(() => {
        stop();
        resolve();
      });
    });
  return (work) =>
    snapshot((moment) => {
      const find: typeof moment.read.find = async (...query) => {
        await nextCommit();
        return await moment.read.find(...query);
      };
      return work({ ...moment, read: { ...moment.read, find } });
    });
}

describe('a backup under load', () => {
  it('is one moment of the estate while sixteen writers make keys, and they do not wait for it', async () => {
    const world = await newWorld();
    const { estate, test } = world;
    const { vault, template } = await vaultWorld(test, 'Busy');
    // Between any two reads of the backup somebody commits.
    const slowly = { ...estate, store: { ...estate.store, snapshot: interrupted(estate.store) } };
    let isOver = false;
    let made = 0;
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      for (let number = 0; !isOver; number += 1) {
        const label = `key-${writer}-${number}`;
        await perform(estate, test.admin, createManagedKey, { vaultId: vault.id, templateId: template.id, label });
        made += 1;
      }
    });
    const moments: { file: string; madeBefore: number; madeAfter: number }[] = [];
    for (let count = 0; count < 3; count += 1) {
      const madeBefore = made;
      const { path } = await perform(slowly, test.admin, createBackup, {});
      moments.push({ file: path, madeBefore, madeAfter: made });
    }
    isOver = true;
    await Promise.all(writers);

    expect(moments.some(({ madeBefore, madeAfter }) => madeAfter > madeBefore)).toBe(true);
    for (const [count, { file, madeBefore, madeAfter }] of moments.entries()) {
      const read = { file, identityFile: world.identityFile };
      await verifyBackup(read);
      const place = join(world.folder, `restored-${count}`);
      await restoreBackup(settingsFor(place), { ...read, replace: false });
      const store = await typeormStore({ type: 'sqlite', file: join(place, 'kyok.db') });
      const keys = await expectOneMoment(store);
      await store.close();
      expect(keys).toBeGreaterThanOrEqual(madeBefore);
      // Each writer may have one that is committed and not yet answered.
      expect(keys).toBeLessThanOrEqual(madeAfter + 16);
    }
  }, 120_000);
});

describeWith('PostgreSQL', hasPostgres, 'from one database to the other', () => {
  it('an estate goes from sqlite to PostgreSQL and back, and is the same', async () => {
    const postgres = await startPostgres();
    try {
      const world = await newWorld();
      await vaultWorld(world.test, 'Outgrown');
      const first = await world.backup();
      const content = await contentOf(world.estate.store);
      const url = await postgres.newDatabase();
      const there = settingsFor(join(world.folder, 'there'), url);
      const read = { identityFile: world.identityFile, replace: false };
      expect(await restoreBackup(there, { ...read, file: first.path })).toMatchObject({ database: 'postgres' });
      await expect(restoreBackup(there, { ...read, file: first.path })).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });

      const store = await typeormStore({ type: 'postgres', url });
      const inPostgres = await contentOf(store);
      expect(inPostgres).toEqual({ ...content, audit: (content as { audit: unknown[] }).audit.slice(0, first.auditSize) });
      await expect(restoreBackup(there, { ...read, file: first.path, replace: true })).rejects.toThrow(
        /Another process has this database open/,
      );
      const moved = { ...world, estate: { ...world.estate, store } };
      const second = await perform(moved.estate, world.test.admin, createBackup, {});
      const afterwards = (await contentOf(store)) as { audit: unknown[] };
      await store.close();

      const back = join(world.folder, 'back');
      await restoreBackup(settingsFor(back), { ...read, file: second.path });
      const again = await typeormStore({ type: 'sqlite', file: join(back, 'kyok.db') });
      expect(await contentOf(again)).toEqual({ ...afterwards, audit: afterwards.audit.slice(0, second.auditSize) });
      await again.close();

      // An older backup in place of the newer estate: one transaction.
      await restoreBackup(there, { ...read, file: first.path, replace: true });
      const replaced = await typeormStore({ type: 'postgres', url });
      expect(await contentOf(replaced)).toEqual(inPostgres);
      await replaced.close();
    } finally {
      await postgres.stop();
    }
  }, 120_000);
});
