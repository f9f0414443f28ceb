import { afterEach, describe, expect, test } from 'vitest';
import { EstateError } from '../../../src/domain/errors.js';
import type { KeyInstance } from '../../../src/domain/managed-key.js';
import { updateKeystore } from '../../../src/services/keystores/update.js';
import { activateManagedKey } from '../../../src/services/managed-keys/activate.js';
import { cancelManagedKeyDestruction } from '../../../src/services/managed-keys/cancel-destruction.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { syncManagedKey } from '../../../src/services/managed-keys/sync.js';
import { reconciler } from '../../../src/services/reconciler/reconciler.js';
import { testStart } from '../../fakes/estate.js';
import { type FaultyKeystore, faultyKeystore } from '../../fakes/faulty-keystore.js';
import { type KeyWorld, keyWorld } from '../../fakes/key-world.js';

const prompt = { concurrency: 4, perSecond: Number.POSITIVE_INFINITY, burst: 1, settlesInSeconds: 0 };
const eventual = { ...prompt, settlesInSeconds: 60 };
let world: KeyWorld;
let cloud: FaultyKeystore;
let cloudId: string;

afterEach(async () => {
  await world.reconciler.stop();
  await world.close();
});

async function worldWithCloud(limits = prompt, policy = {}): Promise<void> {
  let now = () => testStart;
  cloud = faultyKeystore({ now: () => now() });
  world = await keyWorld({ drivers: [cloud.driver], policy }, { limitsOf: () => limits });
  now = world.clock.now;
  cloudId = (await world.addKeystore('faulty', 'cloud')).id;
}

async function instanceIn(keystoreId: string): Promise<KeyInstance> {
  const [instance] = await world.estate.store.read.find('keyInstance', { keystoreId: { eq: keystoreId } });
  if (!instance) throw new Error('an instance was expected');
  return instance;
}

/** Actions on key instances of a keystore, in order. */
async function told(keystoreId: string): Promise<readonly string[]> {
  const { id } = await instanceIn(keystoreId);
  return (await world.audit()).filter(({ event }) => event.target.id === id).map(({ event }) => event.action.replace('key-instance.', ''));
}

describe('the reconciler', () => {
  test('drives a key into every keystore, and tells each step once', async () => {
    await worldWithCloud();
    const key = await world.newKey('AES', '256', {}, ['internal', 'faulty']);
    expect(await instanceIn(cloudId)).toMatchObject({ status: 'UNKNOWN', desiredState: 'ACTIVE' });
    await world.reconciler.settle();
    for (const keystoreId of [world.keystore.id, cloudId]) {
      expect(await instanceIn(keystoreId)).toMatchObject({
        status: 'ACTIVE',
        syncFlag: 'OK',
        syncDetail: 'ACTIVE_KEY_IS_ACTIVE_IN_KEYSTORE',
        error: null,
        attempts: 0,
        nextAttemptAt: null,
        verifiedAt: testStart,
      });
      expect(await told(keystoreId)).toEqual(['install']);
    }
    await world.perform(rotateManagedKey, { id: key.id });
    await world.reconciler.settle();
    await world.perform(deactivateManagedKey, { id: key.id });
    await world.reconciler.settle();
    await world.perform(activateManagedKey, { id: key.id });
    await world.reconciler.settle();
    await world.perform(destroyManagedKey, { id: key.id });
    await world.reconciler.settle();
    for (const keystoreId of [world.keystore.id, cloudId]) {
      expect(await told(keystoreId)).toEqual(['install', 'rotate', 'deactivate', 'activate', 'destroy']);
      expect(await instanceIn(keystoreId)).toMatchObject({ status: 'NOT_PRESENT', syncFlag: 'OK', nextAttemptAt: null });
    }
    const versions = await world.estate.store.read.find('instanceVersion', {});
    expect(versions.map(({ state }) => state)).toEqual(['DESTROYED', 'DESTROYED', 'DESTROYED', 'DESTROYED']);
  });

  test('records what each version is called in the keystore', async () => {
    await worldWithCloud();
    await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    const { id, remoteId } = await instanceIn(cloudId);
    expect(remoteId).toBe('remote-1');
    const [keyVersion] = await world.estate.store.read.find('keyVersion', {});
    expect(await world.estate.store.read.find('instanceVersion', { keyInstanceId: { eq: id } })).toMatchObject([
      {
        version: 1,
        keyVersionId: keyVersion?.id,
        remoteVersionId: 'remote-1/1',
        fingerprint: keyVersion?.verificationPatterns[0]?.value,
        state: 'ACTIVE',
      },
    ]);
  });

  test('schedules a destruction, takes it back, and raises nobody`s revision', async () => {
    await worldWithCloud(prompt, { pendingDestructionSeconds: 3600 });
    const key = await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    await world.perform(destroyManagedKey, { id: key.id });
    const { revision } = await instanceIn(cloudId);
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ pendingUntil: '2030-01-01T01:00:00.000Z', status: 'NOT_ACTIVE', revision });
    await world.perform(cancelManagedKeyDestruction, { id: key.id });
    await world.reconciler.settle();
    expect(cloud.keys(cloudId)).toMatchObject([{ state: 'DEACTIVATED', pendingUntil: null }]);
    expect(await told(cloudId)).toEqual(['install', 'deactivate', 'schedule-destruction', 'cancel-destruction']);
  });

  test('keeps reason, remedy and time of the next attempt, backs off, and loses nothing', async () => {
    await worldWithCloud();
    cloud.suffer({ lostRequest: 1 });
    await world.newKey('AES', '256', {}, ['faulty']);
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      await world.reconciler.settle();
      const instance = await instanceIn(cloudId);
      expect(instance).toMatchObject({ attempts: attempt, status: 'ERROR', syncFlag: 'ERROR', syncDetail: 'CONNECTION_ERROR' });
      expect(instance.error).toMatchObject({ code: 'KEYSTORE_UNREACHABLE', remedy: expect.stringContaining('network') });
      waits.push(Date.parse(instance.nextAttemptAt ?? '') - Date.parse(world.clock.now()));
      world.clock.set(instance.nextAttemptAt ?? '');
    }
    expect(waits).toEqual([500, 1000, 2000, 4000]);
    cloud.suffer({});
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ attempts: 0, error: null, status: 'ACTIVE', nextAttemptAt: null });
  });

  test('waits as long as the keystore asks', async () => {
    await worldWithCloud();
    cloud.suffer({ throttled: 1 });
    await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ error: { code: 'RATE_LIMITED' }, nextAttemptAt: '2030-01-01T00:00:02.000Z' });
  });

  test('a sealed HSM stops nothing for good', async () => {
    await worldWithCloud();
    const { driver } = cloud;
    let isSealed = true;
    const connect = driver.connect.bind(driver);
    Object.assign(driver, {
      connect: async (...args: Parameters<typeof connect>) => {
        if (isSealed) throw new EstateError('HSM_SEALED');
        return await connect(...args);
      },
    });
    await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ error: { code: 'HSM_SEALED', remedy: expect.stringContaining('kyok hsm unseal') } });
    isSealed = false;
    world.clock.advance(10);
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ error: null, status: 'ACTIVE' });
  });

  test('repairs what somebody changed in the keystore when it is asked to look, and tells that it was found so', async () => {
    await worldWithCloud();
    const key = await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    cloud.tamper(cloudId, key.id, (held) => ({ ...held, state: 'DEACTIVATED' }));
    await world.perform(syncManagedKey, { id: key.id });
    await world.reconciler.settle();
    expect(cloud.keys(cloudId)).toMatchObject([{ state: 'ACTIVE' }]);
    expect(await told(cloudId)).toEqual(['install', 'observe', 'activate']);
    expect(await instanceIn(cloudId)).toMatchObject({ syncFlag: 'OK' });
  });

  test('touches nothing when the keystore holds other material under the key', async () => {
    await worldWithCloud();
    const key = await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    const before = cloud.effects.length;
    cloud.tamper(cloudId, key.id, (held) => ({ ...held, versions: held.versions.map((version) => ({ ...version, fingerprint: 'beef' })) }));
    await world.perform(syncManagedKey, { id: key.id });
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({
      status: 'WRONG_KEY',
      syncFlag: 'OUT_OF_SYNC',
      error: { code: 'WRONG_KEY' },
      nextAttemptAt: null,
    });
    expect(cloud.effects.length).toBe(before);
  });

  test('a reply that was lost after the create makes no second key, and is told once', async () => {
    await worldWithCloud();
    cloud.suffer({ lostReply: 1, stepsOnly: true });
    await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ status: 'ERROR' });
    expect(cloud.keys(cloudId)).toHaveLength(1);
    cloud.suffer({});
    world.clock.advance(10);
    await world.reconciler.settle();
    expect(cloud.keys(cloudId)).toHaveLength(1);
    expect(await told(cloudId)).toEqual(['install']);
  });

  test('does not believe an old picture: no second step, no false alarm', async () => {
    await worldWithCloud(eventual);
    const key = await world.newKey('AES', '256', {}, ['faulty']);
    cloud.suffer({ stale: 1, staleSeconds: 30 });
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ syncFlag: 'VERIFYING_SYNC', error: null, nextAttemptAt: '2030-01-01T00:01:00.000Z' });
    world.clock.advance(60);
    await world.reconciler.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ status: 'ACTIVE', syncFlag: 'OK' });
    expect(cloud.effects).toEqual(['install']);
    await world.perform(rotateManagedKey, { id: key.id });
    await world.reconciler.settle();
    world.clock.advance(60);
    await world.reconciler.settle();
    expect(cloud.effects).toEqual(['install', 'install']);
    expect(await told(cloudId)).toEqual(['install', 'rotate']);
  });

  test('a slow keystore delays nobody else', async () => {
    await worldWithCloud();
    cloud.suffer({ slowMilliseconds: 3_000 });
    for (let count = 0; count < 6; count += 1) await world.newKey('AES', '256', {}, ['faulty']);
    const key = await world.newKey('AES', '256');
    world.reconciler.start();
    await expect
      .poll(async () => (await world.estate.store.read.find('keyInstance', { managedKeyId: { eq: key.id } }))[0]?.status, {
        timeout: 2_000,
      })
      .toBe('ACTIVE');
    cloud.suffer({});
  });

  test('goes on where another one stopped, and works by itself once started', async () => {
    await worldWithCloud();
    cloud.suffer({ slowMilliseconds: 50 });
    for (let count = 0; count < 5; count += 1) await world.newKey('AES', '256', {}, ['faulty']);
    world.reconciler.start();
    await world.reconciler.stop();
    cloud.suffer({});
    const next = reconciler(world.estate, { limitsOf: () => prompt });
    next.start();
    await expect
      .poll(async () => await world.estate.store.read.count('keyInstance', { syncFlag: { eq: 'OK' } }), { timeout: 5_000 })
      .toBe(5);
    await world.newKey('AES', '256', {}, ['faulty']);
    await expect
      .poll(async () => await world.estate.store.read.count('keyInstance', { syncFlag: { eq: 'OK' } }), { timeout: 5_000 })
      .toBe(6);
    await next.stop();
    expect(cloud.keys(cloudId)).toHaveLength(6);
  });

  test('a changed keystore is connected anew', async () => {
    await worldWithCloud();
    const key = await world.newKey('AES', '256');
    await world.reconciler.settle();
    await world.perform(updateKeystore, { id: world.keystore.id, name: 'renamed ring' });
    await world.perform(syncManagedKey, { id: key.id });
    await world.reconciler.settle();
    expect(await world.estate.store.read.find('keyRing', {})).toMatchObject([{ name: 'renamed ring' }]);
  });

  test('looks again by itself where it is told to', async () => {
    await worldWithCloud();
    await world.reconciler.stop();
    const watchful = reconciler(world.estate, { limitsOf: () => prompt, verifyAfterSeconds: 600 });
    const key = await world.newKey('AES', '256', {}, ['faulty']);
    await watchful.settle();
    expect(await instanceIn(cloudId)).toMatchObject({ nextAttemptAt: '2030-01-01T00:10:00.000Z' });
    cloud.tamper(cloudId, key.id, (held) => ({ ...held, name: 'somebody else`s' }));
    world.clock.advance(600);
    await watchful.settle();
    expect(cloud.keys(cloudId)).toMatchObject([{ name: key.label }]);
    await watchful.stop();
  });
});
