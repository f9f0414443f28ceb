/** S14: a database, or an HSM state, that was put back to an older copy does not pass for the newest one. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyFrontier, frontierRoot } from '../../../src/domain/audit-log.js';
import { gcmEncryptionLimit } from '../../../src/domain/encryption-limit.js';
import { EstateError } from '../../../src/domain/errors.js';
import { signedCheckpoint } from '../../../src/services/audit/checkpoint.js';
import { logState } from '../../../src/services/audit/remember-log.js';
import { encrypt } from '../../../src/services/crypto/encrypt.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { reconciler } from '../../../src/services/reconciler/reconciler.js';
import { scheduler } from '../../../src/services/schedule.js';
import type { Store } from '../../../src/store/contract.js';
import { typeormStore } from '../../../src/store/typeorm/typeorm-store.js';
import { describeWith } from '../../programs.js';
import { auditEvent } from '../../store/entities.js';
import { hasPostgres, startPostgres, type TestPostgres } from '../../store/postgres.js';
import {
  type Around,
  type HsmPlace,
  hsmPlace,
  type LastingEstate,
  lastingEstate,
  type Place,
  postgresPlace,
  removeFolder,
  sqlitePlace,
} from './lasting-estate.js';

const item = { plaintext: new Uint8Array([1]) };

/** Brings keys to their keystores; the estate may end afterwards. */
async function settle({ estate }: LastingEstate): Promise<void> {
  const driver = reconciler(estate, { random: () => 0 });
  await driver.settle();
  await driver.stop();
}

function rollbackTests(newPlace: (folder: string) => Promise<Place>): void {
  let hsm: HsmPlace;
  let place: Place;
  let running: LastingEstate | undefined;
  beforeEach(async () => {
    hsm = hsmPlace();
    place = await newPlace(hsm.folder);
  });
  afterEach(async () => {
    await running?.kill();
    running = undefined;
    removeFolder(hsm);
  });
  const start = async (at: Place = place, around: Around = {}) => {
    running = await lastingEstate(at, hsm, around);
    return running;
  };
  const end = async (how: 'stop' | 'kill' = 'stop') => {
    await running?.[how]();
    running = undefined;
  };
  /** The life of an estate up to a copy of it, and a while longer. */
  const copiedThenGrown = async () => {
    const first = await start();
    const key = await first.make();
    await end();
    const copy = await place.copy();
    const grown = await start();
    await grown.guard.verify();
    await grown.run(destroyManagedKey, { id: key.id });
    const log = await logState(grown.estate.store.audit);
    await end();
    return { copy, key, log };
  };

  test('S14: an older database is refused, with both sizes, and no key is used on it; the newest one goes on', async () => {
    const { copy, key, log } = await copiedThenGrown();
    const state = hsm.text();
    const old = await start(copy);
    const size = await old.estate.store.audit.size();
    expect(size).toBeLessThan(log.size);
    const refusal = { code: 'AUDIT_ROLLED_BACK', details: { size, rememberedSize: log.size } };
    await expect(old.guard.verify()).rejects.toMatchObject(refusal);
    const { hsm: guarded } = old.guard;
    const ref = { blob: key.blob.blob, context: key.blob.context };
    const uses = [
      guarded.generateRandom(8),
      guarded.encrypt(ref, 'AES_GCM', []),
      guarded.memory.destroy([key.id]),
      guarded.memory.acceptRollback({ size, root: log.root }),
      old.make(),
      signedCheckpoint(old.estate),
    ];
    await Promise.all(uses.map((use) => expect(use).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK' })));
    await end();
    expect(hsm.text()).toBe(state);
    const newest = await start();
    await newest.guard.verify();
    expect((await signedCheckpoint(newest.estate)).size).toBe(log.size);
  });

  test('S14: an older database whose log has grown past the remembered size by itself is refused for its root', async () => {
    const { copy, log } = await copiedThenGrown();
    const alone = await typeormStore(copy.options);
    for (let size = await alone.audit.size(); size < log.size + 3; size += 1) await alone.audit.append(auditEvent());
    await alone.close();
    const old = await start(copy);
    await expect(old.guard.verify()).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK', details: { size: log.size + 3 } });
  });

  test('S14: an older HSM state alone is refused, and so is another one of the same generation', async () => {
    const first = await start();
    const [key, other] = [await first.make(), await first.make()];
    await end();
    const older = hsm.text();
    const grown = await start();
    await grown.guard.verify();
    await grown.run(destroyManagedKey, { id: key.id });
    await end('kill');
    const newest = hsm.text();
    hsm.putBack(older);
    const behind = await start();
    await expect(behind.guard.verify()).rejects.toMatchObject({ code: 'HSM_STATE_ROLLED_BACK' });
    // The attacker's HSM state comes to the generation that the database knows by remembering something else.
    await behind.bareHsm.memory.destroy([other.id]);
    await end('kill');
    const parted = await start();
    await expect(parted.guard.verify()).rejects.toMatchObject({ code: 'HSM_STATE_ROLLED_BACK' });
    await end('kill');
    hsm.putBack(newest);
    await (await start()).guard.verify();
  });

  test('S14: a log that goes back under a running server is noticed by the next checkpoint, and no key is used any more', async () => {
    let hidden = 0;
    const behind = (store: Store): Store => ({
      ...store,
      audit: { ...store.audit, size: async () => (await store.audit.size()) - hidden },
    });
    const at = await start(place, { store: behind });
    const key = await at.make();
    await at.keeper.run();
    hidden = 4;
    await expect(signedCheckpoint(at.estate)).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK' });
    await at.keeper.run();
    hidden = 0;
    const ref = { blob: key.blob.blob, context: key.blob.context };
    await expect(at.estate.hsm.encrypt(ref, 'AES_GCM', [])).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK' });
  });

  test('S14: a sealed HSM tells whoever unseals it, and uses no key', async () => {
    const { copy } = await copiedThenGrown();
    let isSealed = true;
    const old = await start(copy, {
      hsm: (soft) => ({
        ...soft,
        memory: {
          ...soft.memory,
          read: async () => {
            if (isSealed) throw new EstateError('HSM_SEALED');
            return await soft.memory.read();
          },
        },
        masterKey: {
          ...soft.masterKey,
          activate: async () => {
            isSealed = false;
            return (await soft.status()).registers;
          },
        },
      }),
    });
    await expect(old.guard.hsm.generateRandom(8)).rejects.toMatchObject({ code: 'HSM_SEALED' });
    await expect(old.guard.hsm.masterKey.activate(new Uint8Array(32))).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK' });
    await expect(old.guard.hsm.generateRandom(8)).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK' });
  });

  test('S14: a restore on purpose is accepted once and never silently; what was destroyed since is destroyed again (S30)', async () => {
    const { copy, key, log } = await copiedThenGrown();
    const store = await typeormStore(copy.options);
    const audit = await logState(store.audit);
    await store.close();
    hsm.note = { restoredAt: '2030-02-02T00:00:00.000Z', backup: 'one.age', audit: { ...audit, root: log.root }, memory: null };
    const misled = await start(copy);
    await expect(misled.guard.verify()).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK' });
    await end('kill');

    hsm.note = { restoredAt: '2030-02-02T00:00:00.000Z', backup: 'one.age', audit, memory: null };
    const note = hsm.note;
    const restored = await start(copy);
    await restored.guard.verify();
    expect(hsm.note).toBeNull();
    // A crash before the note was removed: it is taken note of again, and changes nothing.
    await end('kill');
    hsm.note = note;
    const again = await start(copy);
    await again.guard.verify();

    const events = (await again.audit()).map(({ event }) => event);
    expect(events.filter(({ action }) => action === 'backup.restored')).toMatchObject([
      {
        severity: 'CRITICAL',
        details: {
          backup: 'one.age',
          size: audit.size,
          lost: { fromIndex: audit.size, rememberedSize: log.size, rememberedRoot: Buffer.from(log.root).toString('hex') },
        },
      },
    ]);
    expect(await again.bareHsm.memory.read()).toMatchObject({ rollbacks: [{ from: log, to: audit }] });
    expect(await again.estate.store.read.get('managedKey', key.id)).toMatchObject({ state: 'DESTROYED' });
    expect(await again.estate.store.read.get('keyBlob', key.blob.id)).toBeUndefined();
    expect(events.filter(({ action, target }) => action === 'managed-key.end-destruction' && target.id === key.id)).toHaveLength(1);
    await end();
    await (await start(copy)).guard.verify();
    await end('kill');
    await expect((await start()).guard.verify()).rejects.toMatchObject({ code: 'AUDIT_ROLLED_BACK' });
  });

  test('S21: what was encrypted after a backup is counted all the same: a restored AES key rotates with its next encryption', async () => {
    const first = await start();
    const [used, unused] = [await first.make(), await first.make()];
    await settle(first);
    await first.run(encrypt, { keyId: used.id, items: [item] });
    await end();
    const copy = await place.copy();
    const grown = await start();
    await grown.guard.verify();
    await grown.run(encrypt, { keyId: used.id, items: [item] });
    await end();

    const store = await typeormStore(copy.options);
    const audit = await logState(store.audit);
    await store.close();
    hsm.note = { restoredAt: '2030-02-02T00:00:00.000Z', backup: 'one.age', audit, memory: null };
    const restored = await start(copy);
    const counts = async () =>
      (await restored.estate.store.read.find('keyVersion', {})).map(({ encryptionsCounted }) => encryptionsCounted);
    expect(Math.max(...(await counts()))).toBeLessThan(gcmEncryptionLimit.rotateAt);
    await restored.guard.verify();
    expect(await counts()).toEqual([gcmEncryptionLimit.rotateAt, gcmEncryptionLimit.rotateAt]);
    await restored.run(encrypt, { keyId: used.id, items: [item] });
    await scheduler(restored.estate).runDue();
    expect(await restored.estate.store.read.get('managedKey', used.id)).toMatchObject({ version: 2 });
    expect(await restored.estate.store.read.get('managedKey', unused.id)).toMatchObject({ version: 1, rotationForcedAt: null });
    // Once, not at every start.
    await end();
    const again = await start(copy);
    await again.guard.verify();
    expect(await again.estate.store.read.find('keyVersion', { managedKeyId: { eq: used.id }, version: { eq: 2 } })).toMatchObject([
      { encryptionsCounted: 0 },
    ]);
  });

  test('S14: the note of a restore that is used again puts nothing back in silence, neither a database nor an HSM state', async () => {
    const first = await start();
    await first.make();
    const audit = await logState(first.estate.store.audit);
    await end('kill');
    const note = { restoredAt: '2030-02-02T00:00:00.000Z', backup: 'one.age', audit, memory: null };
    hsm.note = note;
    await (await start()).guard.verify();
    await end();
    const [older, olderState] = [await place.copy(), hsm.text()];
    const grown = await start();
    await grown.guard.verify();
    const key = await grown.make();
    await grown.run(destroyManagedKey, { id: key.id });
    await end();
    const newestState = hsm.text();
    const notesAt = async (at: Place) => {
      const misled = await start(at);
      await misled.guard.verify();
      const events = (await misled.audit()).filter(({ event }) => event.action === 'backup.restored');
      await end('kill');
      return events.length;
    };
    const nothing = { size: 0, root: frontierRoot(emptyFrontier) };
    for (const again of [note, { ...note, audit: nothing }]) {
      hsm.putBack(newestState);
      hsm.note = again;
      expect(await notesAt(await older.copy())).toBe(2);
    }
    hsm.putBack(olderState);
    hsm.note = note;
    expect(await notesAt(place)).toBe(2);
  });
}

describe('on SQLite', { timeout: 60_000 }, () => rollbackTests(async (folder) => sqlitePlace(folder)));

describeWith('PostgreSQL', hasPostgres, 'on PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres.stop());
  rollbackTests(async () => postgresPlace(await postgres.newDatabase()));
});
