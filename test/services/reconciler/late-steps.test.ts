import { expect, test } from 'vitest';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { reconciler } from '../../../src/services/reconciler/reconciler.js';
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

test('so is one that a server had asked for before it died, by the server that was started since', async () => {
  let now = () => testStart;
  const cloud = faultyKeystore({ now: () => now() });
  let arrived = () => {};
  const hasArrived = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let end = () => {};
  const death = new Promise<void>((resolve) => {
    end = resolve;
  });
  let desireChanges = async () => {};
  const connect: typeof cloud.driver.connect = async (keystore, secrets) => {
    const connection = await cloud.driver.connect(keystore, secrets);
    const install: typeof connection.install = async (key, version) => {
      await desireChanges();
      await connection.install(key, version);
      arrived();
      await death;
    };
    return { ...connection, install };
  };
  const limits = { concurrency: 1, perSecond: Number.POSITIVE_INFINITY, burst: 1, settlesInSeconds: 60 };
  const world = await keyWorld({ drivers: [{ ...cloud.driver, connect }] }, { limitsOf: () => limits });
  now = world.clock.now;
  const { id: cloudId } = await world.addKeystore('faulty', 'cloud');
  const { id } = await world.newKey('AES', '256', {}, ['faulty']);
  desireChanges = async () => {
    await world.perform(deactivateManagedKey, { id });
    world.clock.advance(100);
  };
  // It hears nothing more, and knows nothing more.
  const dead = world.reconciler.settle();
  await hasArrived;
  const successor = reconciler(world.estate, { limitsOf: () => limits });
  cloud.suffer({ stale: 1, staleSeconds: 50 });
  await successor.settle();
  cloud.suffer({});
  world.clock.advance(60);
  await successor.settle();
  expect(cloud.keys(cloudId).map(({ state }) => state)).toEqual(['DEACTIVATED']);
  const [instance] = await world.estate.store.read.find('keyInstance', { keystoreId: { eq: cloudId } });
  expect(instance).toMatchObject({ nextAttemptAt: null, syncFlag: 'OK' });
  await successor.stop();
  end();
  await dead;
  await world.reconciler.stop();
  await world.close();
});
