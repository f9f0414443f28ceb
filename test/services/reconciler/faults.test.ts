/** Whatever goes wrong on the way, in the end every instance is once, whole and as wanted, and the audit log tells it once. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Id } from '../../../src/domain/entity.js';
import { EstateError } from '../../../src/domain/errors.js';
import type { ManagedKey } from '../../../src/domain/managed-key.js';
import type { KeystoreConnection } from '../../../src/keystores/contract.js';
import type { Estate } from '../../../src/services/estate.js';
import { activateManagedKey } from '../../../src/services/managed-keys/activate.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { syncManagedKey } from '../../../src/services/managed-keys/sync.js';
import { updateManagedKey } from '../../../src/services/managed-keys/update.js';
import { type Reconciler, reconciler } from '../../../src/services/reconciler/reconciler.js';
import { testStart } from '../../fakes/estate.js';
import { type FaultyKeystore, faultyKeystore } from '../../fakes/faulty-keystore.js';
import { type KeyWorld, keyWorld } from '../../fakes/key-world.js';
import { die } from '../../histories/random.js';

/** What people and machines do while the keystore suffers. */
const deeds = ['rotate', 'deactivate', 'activate', 'rename', 'sync', 'work', 'begin', 'begin', 'wait', 'crash', 'destroy'] as const;
const deed = fc.record({ verb: fc.constantFrom(...deeds), key: fc.nat(2), number: fc.nat(1000) });
const story = fc.record({ seed: fc.integer(), isEventual: fc.boolean(), deeds: fc.array(deed, { minLength: 5, maxLength: 20 }) });
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

const operations = {
  rotate: rotateManagedKey,
  deactivate: deactivateManagedKey,
  activate: activateManagedKey,
  sync: syncManagedKey,
  destroy: destroyManagedKey,
};

/** One life of a server process: after its end nothing of it reaches store or keystore. */
function oneLife(estate: Estate, limitsOf: () => typeof limits, random: () => number): { readonly reconciler: Reconciler; kill(): void } {
  let isDead = false;
  const living = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name);
        if (name === 'read') return living(value as object);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          if (isDead) throw new EstateError('STORE_UNAVAILABLE');
          const result: unknown = await (value as (...all: unknown[]) => unknown).apply(object, args);
          if (isDead) throw new EstateError('STORE_UNAVAILABLE');
          return result;
        };
      },
    });
  const keystoreTypes = {
    descriptors: estate.keystoreTypes.descriptors,
    driver: (type: string) => {
      const driver = estate.keystoreTypes.driver(type);
      const connect = async (...args: Parameters<typeof driver.connect>) => living<KeystoreConnection>(await driver.connect(...args));
      return { descriptor: driver.descriptor, connect };
    },
  };
  const process = { ...estate, store: living(estate.store), keystoreTypes };
  return {
    reconciler: reconciler(process, { limitsOf, random }),
    kill: () => {
      isDead = true;
    },
  };
}

const limits = { concurrency: 3, perSecond: Number.POSITIVE_INFINITY, burst: 1, settlesInSeconds: 0 };
const faults = { lostRequest: 0.15, lostReply: 0.15, throttled: 0.1, delivered2: 0.15, slowMilliseconds: 2 };

async function live(told: Story): Promise<void> {
  let now = () => testStart;
  const cloud = faultyKeystore({ now: () => now(), seed: told.seed });
  const world = await keyWorld({ drivers: [cloud.driver] });
  now = world.clock.now;
  try {
    const cloudId = (await world.addKeystore('faulty', 'cloud')).id;
    const random = die(told.seed + 1);
    const limitsOf = () => ({ ...limits, settlesInSeconds: told.isEventual ? 60 : 0 });
    let life = oneLife(world.estate, limitsOf, random);
    cloud.suffer({ ...faults, ...(told.isEventual ? { stale: 0.3, staleSeconds: 50 } : {}) });
    const keys: ManagedKey[] = [];
    for (let count = 0; count < 3; count += 1) keys.push(await world.newKey('AES', '256', {}, ['internal', 'faulty']));

    for (const { verb, key, number } of told.deeds) {
      const id = keys[key]?.id as Id;
      if (verb === 'work') await life.reconciler.settle();
      // What follows happens while passes are under way.
      else if (verb === 'begin') void life.reconciler.settle().catch(() => undefined);
      else if (verb === 'wait') world.clock.advance(number);
      else if (verb === 'rename') await unlessRefused(world.perform(updateManagedKey, { id, label: `name-${key}-${number}` }));
      else if (verb === 'crash') {
        const working = life.reconciler.settle().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, number / 40));
        life.kill();
        await working;
        life = oneLife(world.estate, limitsOf, random);
      } else await unlessRefused(world.perform(operations[verb], { id }));
    }
    cloud.suffer({});
    for (let round = 0; round < 12; round += 1) {
      world.clock.advance(400);
      await life.reconciler.settle();
    }
    await life.reconciler.stop();
    for (const { id } of keys) await expectWhole(world, cloud, cloudId, id);
    await expectToldOnce(world);
  } finally {
    await world.close();
  }
}

async function unlessRefused(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof EstateError) || error.kind === 'internal') throw error;
  });
}

async function expectWhole(world: KeyWorld, cloud: FaultyKeystore, cloudId: Id, managedKeyId: Id): Promise<void> {
  const { read } = world.estate.store;
  const key = await read.get('managedKey', managedKeyId);
  const versions = await read.find('keyVersion', { managedKeyId: { eq: managedKeyId } });
  for (const instance of await read.find('keyInstance', { managedKeyId: { eq: managedKeyId } })) {
    const driver = world.estate.keystoreTypes.driver(instance.keystoreId === cloudId ? 'faulty' : 'internal');
    const keystore = await read.get('keystore', instance.keystoreId);
    if (!keystore || !key) throw new Error('the keystore and the key were expected');
    const connection = await driver.connect(keystore, {});
    const seen = await connection.inspect({ managedKeyId } as never);
    expect(instance).toMatchObject({ error: null, attempts: 0, nextAttemptAt: null, syncFlag: 'OK' });
    const wanted = { ACTIVE: 'ACTIVE', DEACTIVATED: 'DEACTIVATED', DESTROYED: 'DESTROYED', ABSENT: 'DESTROYED' }[instance.desiredState];
    expect(seen?.state ?? 'DESTROYED').toBe(seen === null && wanted === 'DEACTIVATED' ? 'DESTROYED' : wanted);
    if (wanted !== 'ACTIVE') continue;
    expect(seen?.name).toBe(key.label);
    expect(seen?.versions.map(({ version, fingerprint }) => [version, fingerprint])).toEqual(
      versions.map(({ version, verificationPatterns }) => [version, verificationPatterns[0]?.value]),
    );
    expect(seen?.versions.filter(({ isCurrent }) => isCurrent).map(({ version }) => version)).toEqual([key.version]);
  }
  // Never two living copies, and none that was made and then forgotten.
  const copies = cloud.keys(cloudId).filter((copy) => copy.managedKeyId === managedKeyId);
  expect(copies.length).toBeLessThanOrEqual(1);
}

/** The events of each instance, played back, lead to what its record says: none is missing and none is there twice. */
async function expectToldOnce(world: KeyWorld): Promise<void> {
  const records = await world.audit();
  for (const instance of await world.estate.store.read.find('keyInstance', {})) {
    const events = records.map(({ event }) => event).filter(({ target }) => target.id === instance.id);
    const placed: number[] = [];
    let state = 'ABSENT';
    for (const { action, details } of events) {
      const verb = action === 'key-instance.observe' ? String(details['change']) : action.replace('key-instance.', '');
      if (verb === 'install' || verb === 'rotate') {
        expect(placed).not.toContain(details['version']);
        placed.push(Number(details['version']));
        if (verb === 'install') state = 'ACTIVE';
      } else if (verb === 'destroy') state = 'DESTROYED';
      else if (verb === 'deactivate' && details['version'] === undefined) {
        expect(state).toBe('ACTIVE');
        state = 'DEACTIVATED';
      } else if (verb === 'activate' && details['version'] === undefined) {
        expect(state).toBe('DEACTIVATED');
        state = 'ACTIVE';
      }
    }
    const recorded = await world.estate.store.read.find('instanceVersion', { keyInstanceId: { eq: instance.id } });
    expect([...placed].sort()).toEqual(recorded.map(({ version }) => version).sort());
    const shows = { ACTIVE: 'ACTIVE', NOT_ACTIVE: 'DEACTIVATED', NOT_PRESENT: state === 'ABSENT' ? 'ABSENT' : 'DESTROYED' } as Record<
      string,
      string
    >;
    expect(state).toBe(shows[instance.status]);
  }
}

describe('the reconciler under faults', () => {
  test('loses, doubles and half-moves nothing', { timeout: 180_000 }, async () => {
    const runs = Number(process.env['KYOK_TEST_RUNS'] ?? 12);
    await fc.assert(fc.asyncProperty(story, live), {
      numRuns: runs,
      seed: Number(process.env['KYOK_TEST_SEED'] ?? 20300101),
      endOnFailure: true,
    });
  });
});
