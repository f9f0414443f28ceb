/** A wall clock that is set back must not leave anything waiting for the time it had shown. */
import { afterEach, describe, expect, test } from 'vitest';
import type { KeyInstance } from '../../../src/domain/managed-key.js';
import { syncManagedKey } from '../../../src/services/managed-keys/sync.js';
import { reconciler } from '../../../src/services/reconciler/reconciler.js';
import { testStart } from '../../fakes/estate.js';
import { type FaultyKeystore, faultyKeystore } from '../../fakes/faulty-keystore.js';
import { type KeyWorld, keyWorld } from '../../fakes/key-world.js';

const tomorrow = '2030-01-02T00:00:00.000Z';
const prompt = { concurrency: 4, perSecond: Number.POSITIVE_INFINITY, burst: 1, settlesInSeconds: 0 };
let world: KeyWorld;
let cloud: FaultyKeystore;
let cloudId: string;

async function worldWithCloud(limits = prompt): Promise<void> {
  let now = () => testStart;
  cloud = faultyKeystore({ now: () => now() });
  world = await keyWorld({ drivers: [cloud.driver] }, { limitsOf: () => limits });
  now = world.clock.now;
  cloudId = (await world.addKeystore('faulty', 'cloud')).id;
}

async function instance(): Promise<KeyInstance> {
  const [found] = await world.estate.store.read.find('keyInstance', { keystoreId: { eq: cloudId } });
  if (!found) throw new Error('an instance was expected');
  return found;
}

afterEach(async () => {
  await world.reconciler.stop();
  await world.close();
});

describe('a clock that was ahead and is set back', () => {
  test('what was asked for under the wrong time is done now', async () => {
    await worldWithCloud();
    world.clock.set(tomorrow);
    await world.newKey('AES', '256', {}, ['faulty']);
    world.clock.set(testStart);
    await world.reconciler.settle();
    expect(await instance()).toMatchObject({ status: 'ACTIVE', syncFlag: 'OK', nextAttemptAt: null });
  });

  test('what failed under the wrong time is tried again now, by a server that was started since, too', async () => {
    await worldWithCloud();
    world.clock.set(tomorrow);
    await world.newKey('AES', '256', {}, ['faulty']);
    cloud.suffer({ lostRequest: 1 });
    await world.reconciler.runDue();
    expect(await instance()).toMatchObject({ attempts: 1, status: 'ERROR' });
    cloud.suffer({ lostRequest: 0 });
    world.clock.set(testStart);
    const restarted = reconciler(world.estate, { limitsOf: () => prompt });
    await restarted.settle();
    await restarted.stop();
    expect(await instance()).toMatchObject({ status: 'ACTIVE', error: null, nextAttemptAt: null });
  });

  test.each([0, 60])('a look is believed although the last one lies in the future (%i s to settle)', async (settlesInSeconds) => {
    await worldWithCloud({ ...prompt, settlesInSeconds });
    world.clock.set(tomorrow);
    const key = await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    world.clock.advance(120);
    await world.reconciler.settle();
    expect(await instance()).toMatchObject({ status: 'ACTIVE', nextAttemptAt: null });
    world.clock.set(testStart);
    cloud.tamper(cloudId, key.id, (held) => ({ ...held, name: 'renamed by somebody', state: 'DEACTIVATED' }));
    await world.perform(syncManagedKey, { id: key.id });
    await world.reconciler.settle();
    world.clock.advance(120);
    await world.reconciler.settle();
    expect(await instance()).toMatchObject({ status: 'ACTIVE', syncFlag: 'OK', nextAttemptAt: null });
    expect(cloud.keys(cloudId)).toMatchObject([{ state: 'ACTIVE' }]);
  });

  test('a destruction that waits in the keystore is not looked at before its time', async () => {
    await worldWithCloud();
    await world.newKey('AES', '256', {}, ['faulty']);
    await world.reconciler.settle();
    const { id } = await instance();
    const inAMonth = '2030-02-01T00:00:00.000Z';
    await world.estate.store.write(async (tx) => await tx.observe('keyInstance', id, { nextAttemptAt: inAMonth }));
    world.clock.set('2029-12-31T00:00:00.000Z');
    await world.reconciler.settle();
    expect(await instance()).toMatchObject({ nextAttemptAt: inAMonth });
  });
});
