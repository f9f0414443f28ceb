import { expect, test } from 'vitest';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { testStart } from '../../fakes/estate.js';
import { faultyKeystore } from '../../fakes/faulty-keystore.js';
import { keyWorld } from '../../fakes/key-world.js';

test('an install that arrives after its desire has gone is found, although the first look does not show it yet', async () => {
  let now = () => testStart;
  const cloud = faultyKeystore({ now: () => now() });
  let asked = () => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let arrive = () => {};
  const arrival = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const connect: typeof cloud.driver.connect = async (keystore, secrets) => {
    const connection = await cloud.driver.connect(keystore, secrets);
    const install: typeof connection.install = async (key, version) => {
      asked();
      await arrival;
      await connection.install(key, version);
    };
    return { ...connection, install };
  };
  const limits = { concurrency: 1, perSecond: Number.POSITIVE_INFINITY, burst: 1, settlesInSeconds: 60 };
  const world = await keyWorld({ drivers: [{ ...cloud.driver, connect }] }, { limitsOf: () => limits });
  now = world.clock.now;
  const { id: cloudId } = await world.addKeystore('faulty', 'cloud');
  const { id } = await world.newKey('AES', '256', {}, ['faulty']);
  const working = world.reconciler.settle();
  await isAsked;
  await world.perform(deactivateManagedKey, { id });
  world.clock.advance(100);
  cloud.suffer({ stale: 1, staleSeconds: 50 });
  arrive();
  await working;
  cloud.suffer({});
  world.clock.advance(70);
  await world.reconciler.settle();
  expect(cloud.keys(cloudId).map(({ state }) => state)).toEqual(['DEACTIVATED']);
  await world.reconciler.stop();
  await world.close();
});
