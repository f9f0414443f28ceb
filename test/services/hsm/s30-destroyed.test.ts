/** S30: destroyed means destroyed: no row, and no copy of the database, yields a key blob that opens. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EstateError } from '../../../src/domain/errors.js';
import type { KeyBlob } from '../../../src/domain/key-blob.js';
import type { Hsm, KeyRef } from '../../../src/hsm/contract.js';
import { createManagedKeyImport } from '../../../src/services/managed-keys/create-import.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { eraseImportKey } from '../../../src/services/managed-keys/erase-import-key.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { perform } from '../../../src/services/perform.js';
import type { Reader } from '../../../src/store/contract.js';
import { typeormStore } from '../../../src/store/typeorm/typeorm-store.js';
import { describeWith } from '../../programs.js';
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

const refOf = ({ blob, context }: KeyBlob): KeyRef => ({ blob, context });

let hsm: HsmPlace;
let place: Place;
let running: LastingEstate | undefined;
let newPlace: (folder: string) => Promise<Place> = async (folder) => sqlitePlace(folder);
beforeEach(async () => {
  hsm = hsmPlace();
  place = await newPlace(hsm.folder);
});
afterEach(async () => {
  await end('kill');
  removeFolder(hsm);
});
const start = async (around: Around = {}) => {
  running = await lastingEstate(place, hsm, around);
  await running.guard.verify();
  return running;
};
const end = async (how: 'stop' | 'kill' = 'stop') => {
  await running?.[how]();
  running = undefined;
};
const refused = (used: Promise<unknown>, code = 'KEY_DESTROYED') => expect(used).rejects.toMatchObject({ code });

async function revisionOf(reader: Reader, noun: 'managedKey' | 'keyVersion' | 'keyInstance', id: string): Promise<{ revision: number }> {
  return { revision: (await reader.get(noun, id))?.revision ?? 0 };
}

/** Puts rows of an older copy back into the newest database, as somebody could who writes to it. */
async function putBack(copy: Place, keyId: string): Promise<void> {
  const [old, newest] = [await typeormStore(copy.options), await typeormStore(place.options)];
  const versions = await old.read.find('keyVersion', { managedKeyId: { eq: keyId } });
  const instances = await old.read.find('keyInstance', { managedKeyId: { eq: keyId } });
  const blobs = await old.read.getMany(
    'keyBlob',
    versions.flatMap(({ blobId }) => blobId ?? []),
  );
  const key = await old.read.get('managedKey', keyId);
  await newest.write(async (tx) => {
    for (const one of key ? [key] : []) await tx.update('managedKey', { ...one, ...(await revisionOf(tx, 'managedKey', one.id)) });
    for (const one of versions) await tx.update('keyVersion', { ...one, ...(await revisionOf(tx, 'keyVersion', one.id)) });
    for (const one of instances) await tx.update('keyInstance', { ...one, ...(await revisionOf(tx, 'keyInstance', one.id)) });
    await tx.insertMany('keyBlob', blobs);
    await tx.deleteWhere('destroyedKey', { id: { eq: keyId } });
  });
  await old.close();
  await newest.close();
}

function copyTests(): void {
  test('S30: rows copied while the key lived and put back after its end open nothing, now and after every restart', async () => {
    const at = await start();
    const [key, other] = [await at.make(), await at.make()];
    await at.run(rotateManagedKey, { id: key.id });
    const blobs = (await at.estate.store.read.find('keyBlob', { ownerKind: { eq: 'KEY_VERSION' } })).filter(
      ({ context }) => context?.keyId === key.id,
    );
    expect(blobs).toHaveLength(2);
    const opened = await at.bareHsm.inspect(refOf(key.blob));
    await end();
    const copy = await place.copy();
    const live = await start();
    expect((await live.bareHsm.inspect(refOf(key.blob))).checkValue).toEqual(opened.checkValue);
    expect(await live.run(destroyManagedKey, { id: key.id })).toMatchObject({ state: 'DESTROYED' });
    for (const blob of blobs) await refused(live.bareHsm.inspect(refOf(blob)));
    expect(await live.estate.store.read.get('destroyedKey', key.id)).toMatchObject({ toldAt: live.clock.now() });
    await end();
    await putBack(copy, key.id);
    for (const round of [1, 2]) {
      const again = await start();
      // The database says that the key is alive, and holds its blob.
      expect(await again.estate.store.read.get('managedKey', key.id), `start ${round}`).toMatchObject({ state: 'ACTIVE' });
      const [row] = await again.estate.store.read.getMany('keyBlob', [key.blob.id]);
      expect(row?.blob).toEqual(key.blob.blob);
      for (const blob of blobs) {
        await refused(again.bareHsm.encrypt(refOf(blob), 'AES_GCM', [{ data: new Uint8Array(1) }]));
        await refused(again.bareHsm.reencipher(refOf(blob)));
      }
      expect((await again.bareHsm.inspect(refOf(other.blob))).spec).toEqual({ algorithm: 'AES', size: '256' });
      await end();
    }
    // A record without the tombstone that is destroyed again ends like any other.
    const last = await start();
    await last.run(destroyManagedKey, { id: key.id });
    expect(await last.estate.store.read.get('keyBlob', key.blob.id)).toBeUndefined();
    await refused(last.bareHsm.inspect(refOf(key.blob)));
  });
}

describe('on SQLite', { timeout: 60_000 }, () => {
  copyTests();

  test('S30: an import key that is spent or has expired opens nothing any more', async () => {
    const at = await start();
    const { id } = await at.make();
    const template = (await at.estate.store.read.find('keyTemplate', {}))[0];
    const offer = async (label: string) => {
      const fields = { vaultId: template?.vaultId, templateId: template?.id, label };
      const { importKey } = await at.run(createManagedKeyImport, fields as never);
      const [blob] = await at.estate.store.read.find('keyBlob', { ownerId: { eq: importKey.id } });
      if (!blob) throw new Error('the import key has no blob');
      return { id: importKey.id, blob };
    };
    const expired = await offer('imported');
    await at.bareHsm.inspect(refOf(expired.blob));
    at.clock.advance(24 * 3600);
    const scheduler = { ...at.admin, principal: { id: 'kyok-scheduler', kind: 'SYSTEM', name: 'scheduler' } } as const;
    await perform(at.estate, scheduler, eraseImportKey, { id: expired.id });
    await refused(at.bareHsm.inspect(refOf(expired.blob)));
    expect(await at.bareHsm.memory.destroyedAmong([id, expired.id])).toEqual([expired.id]);
  });

  test('S30: while the HSM cannot be told the blobs end all the same; it is told by the next round or the next start', async () => {
    let isSealed = true;
    const sealed = (soft: Hsm): Hsm => ({
      ...soft,
      memory: {
        ...soft.memory,
        destroy: async (ids) => {
          if (isSealed) throw new EstateError('HSM_SEALED');
          await soft.memory.destroy(ids);
        },
      },
    });
    const at = await start({ hsm: sealed });
    const [key, other] = [await at.make(), await at.make()];
    const waiting = async (of: LastingEstate) => await of.estate.store.read.count('destroyedKey', { toldAt: { eq: null } });
    for (const { id, blob } of [key, other]) {
      expect(await at.run(destroyManagedKey, { id })).toMatchObject({ state: 'DESTROYED' });
      expect(await at.estate.store.read.get('keyBlob', blob.id)).toBeUndefined();
    }
    expect(await waiting(at)).toBe(2);
    expect((await at.audit()).map(({ event }) => event.action)).not.toContain('hsm.remember-destroyed');
    await at.keeper.run();
    expect(await waiting(at)).toBe(2);
    // The process ends between the commit and the telling.
    await end('kill');
    isSealed = false;
    const again = await start({ hsm: sealed });
    expect(await waiting(again)).toBe(0);
    for (const { blob } of [key, other]) await refused(again.bareHsm.inspect(refOf(blob)));
    const told = (await again.audit()).filter(({ event }) => event.action === 'hsm.remember-destroyed');
    expect(told.map(({ event }) => [event.count, event.details.keyIds])).toEqual([[2, [key.id, other.id].sort()]]);
  });

  test('S30: a destruction that is taken back tells the HSM nothing: the key goes on', async () => {
    const at = await start();
    const key = await at.make();
    expect(await perform(at.estate, at.admin, destroyManagedKey, { id: key.id }, { dryRun: true })).toMatchObject({ state: 'DESTROYED' });
    await at.keeper.run();
    expect(await at.bareHsm.memory.read()).toMatchObject({ destroyedKeys: 0 });
    await at.bareHsm.inspect(refOf(key.blob));
  });

  test('S30: many destructions at once are all in the HSM when their answers leave', async () => {
    const at = await start();
    const keys = [await at.make(), ...(await Promise.all(Array.from({ length: 19 }, () => at.make())))];
    await Promise.all(
      keys.map(async ({ id, blob }) => {
        await at.run(destroyManagedKey, { id });
        await refused(at.bareHsm.inspect(refOf(blob)));
      }),
    );
    expect(await at.estate.store.read.count('destroyedKey', { toldAt: { eq: null } })).toBe(0);
  });

  test('S30: key blobs are deleted in one place, which tells the HSM', () => {
    const services = fileURLToPath(new URL('../../../src/services', import.meta.url));
    const files = readdirSync(services, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const deleting = files.filter((file) => /\.delete(?:Where)?\(\s*'keyBlob'/.test(readFileSync(join(services, file), 'utf8')));
    expect(deleting).toEqual(['end-blobs.ts']);
  });
});

describeWith('PostgreSQL', hasPostgres, 'on PostgreSQL', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
    newPlace = async () => postgresPlace(await postgres.newDatabase());
  }, 60_000);
  afterAll(() => postgres.stop());
  copyTests();
});
