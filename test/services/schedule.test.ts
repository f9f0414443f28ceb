import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import { cancelManagedKeyDestruction } from '../../src/services/managed-keys/cancel-destruction.js';
import { createManagedKeyImport } from '../../src/services/managed-keys/create-import.js';
import { destroyManagedKey } from '../../src/services/managed-keys/destroy.js';
import { rotateManagedKey } from '../../src/services/managed-keys/rotate.js';
import { type Scheduler, scheduler } from '../../src/services/schedule.js';
import { type KeyEstate, keyEstate } from './managed-keys/key-estate.js';

const day = 86_400;
let at: KeyEstate;
let schedule: Scheduler;
beforeEach(async () => {
  at = await keyEstate({ policy: { rotationWaitSeconds: 3600 * 24 * 365, pendingDestructionSeconds: day } });
  schedule = scheduler(at.estate, { random: () => 0 });
});
afterEach(async () => {
  await at.close();
});

const byDates = { activateOnDate: true, deactivateOnDate: true, destroyOnDate: true };
const dates = { activationDate: '2030-02-01', expirationDate: '2030-03-01', destructionDate: '2030-04-01' };
const waiting = { initialState: 'PRE_ACTIVATION', ...dates };

/** What the scheduler did, as the audit log tells it. */
async function done(): Promise<string[]> {
  const events = (await at.audit()).map(({ event }) => event).filter(({ initiator }) => initiator.face === 'scheduler');
  return events.map(({ action, outcome }) => (outcome === 'SUCCESS' ? action : `${action} failed`));
}

describe('dates', () => {
  test('move the state when the policy says so: first and last day of use, then the end', async () => {
    const { id } = await at.make({ ...waiting, lifecyclePolicy: byDates });
    const steps = [
      ['2030-01-31T23:59:59.999Z', 'PRE_ACTIVATION'],
      ['2030-02-01T00:00:00.000Z', 'ACTIVE'],
      ['2030-03-01T23:59:59.999Z', 'ACTIVE'],
      ['2030-03-02T00:00:00.000Z', 'DEACTIVATED'],
      ['2030-04-02T00:00:00.000Z', 'DEACTIVATED'],
      ['2030-04-03T00:00:00.000Z', 'DESTROYED'],
    ] as const;
    for (const [time, state] of steps) {
      at.clock.set(time);
      await schedule.runDue();
      expect((await at.key(id)).state, time).toBe(state);
    }
    expect(await done()).toEqual(['activate', 'deactivate', 'destroy', 'end-destruction'].map((verb) => `managed-key.${verb}`));
  });

  test('are planning only without the policy', async () => {
    const { id } = await at.make(waiting);
    at.clock.set('2031-01-01T00:00:00.000Z');
    expect(await schedule.runDue()).toBe(0);
    expect((await at.key(id)).state).toBe('PRE_ACTIVATION');
  });

  test('that were missed are caught up once', async () => {
    const { id } = await at.make({
      ...waiting,
      lifecyclePolicy: { ...byDates, destroyOnDate: false },
      expirationDate: null,
      destructionDate: null,
    });
    at.clock.set('2035-01-01T00:00:00.000Z');
    expect(await schedule.runDue()).toBe(1);
    expect(await schedule.runDue()).toBe(0);
    expect(await at.key(id)).toMatchObject({ state: 'ACTIVE' });
    const over = await at.make({ ...waiting, lifecyclePolicy: { ...byDates, destroyOnDate: false } });
    await schedule.runDue();
    expect((await at.key(over.id)).state).toBe('PRE_ACTIVATION');
  });

  test('a destruction by date that is cancelled does not come back', async () => {
    const { id } = await at.make({ destructionDate: '2030-02-01', lifecyclePolicy: byDates });
    at.clock.set('2030-02-01T00:00:00.000Z');
    expect(await schedule.runDue()).toBe(1);
    expect(await at.run(cancelManagedKeyDestruction, { id })).toMatchObject({ state: 'DEACTIVATED', destructionDate: null });
    expect(await schedule.runDue()).toBe(0);
  });

  test('a key that waits for its import is not asked', async () => {
    const input = {
      vaultId: at.vaultId,
      templateId: at.template.id,
      label: 'empty',
      activationDate: '2030-01-01',
      lifecyclePolicy: byDates,
    };
    await at.run(createManagedKeyImport, input);
    expect(await schedule.runDue()).toBe(0);
    expect(await done()).toEqual([]);
  });
});

describe('rotation policy', () => {
  test('rotates by itself, however short the last rotation lies back, and once after a long sleep', async () => {
    const { id, nextRotationAt } = await at.make({ rotationPolicy: { intervalDays: 30 } });
    expect(nextRotationAt).toBe('2030-01-31T00:00:00.000Z');
    at.clock.set('2030-01-31T00:00:00.000Z');
    expect(await schedule.runDue()).toBe(1);
    expect(await at.key(id)).toMatchObject({ version: 2, nextRotationAt: '2030-03-02T00:00:00.000Z' });
    at.clock.set('2030-12-31T00:00:00.000Z');
    expect(await schedule.runDue()).toBe(1);
    expect(await schedule.runDue()).toBe(0);
    expect(await at.key(id)).toMatchObject({ version: 3, nextRotationAt: '2031-01-30T00:00:00.000Z' });
    expect(await at.refusal(rotateManagedKey, { id })).toBe('ROTATION_TOO_SOON');
  });
});

describe('setbacks', () => {
  /** The estate with an HSM that is sealed, or refuses one key, until told otherwise. */
  function ailing(refuses: { code: 'HSM_SEALED' | 'CRYPTO_FAILED' | null; keyId?: string }) {
    const { hsm } = at.estate;
    const generateKey: typeof hsm.generateKey = async (spec, attributes, context) => {
      const isMeant = refuses.keyId === undefined || refuses.keyId === context?.keyId;
      if (refuses.code && isMeant) throw new EstateError(refuses.code);
      return await hsm.generateKey(spec, attributes, context);
    };
    return { ...at.estate, hsm: { ...hsm, generateKey } };
  }

  test('a sealed HSM is asked once, holds up no destruction, and is asked again later', async () => {
    for (let count = 0; count < 3; count += 1) await at.make({ rotationPolicy: { intervalDays: 1 } });
    const doomed = await at.make();
    await at.run(destroyManagedKey, { id: doomed.id });
    const refuses: Parameters<typeof ailing>[0] = { code: 'HSM_SEALED' };
    const sealed = scheduler(ailing(refuses), { random: () => 0 });
    at.clock.advance(day);
    expect(await sealed.runDue()).toBe(1);
    expect(await done()).toEqual(expect.arrayContaining(['managed-key.rotate failed', 'managed-key.end-destruction']));
    expect(await sealed.runDue()).toBe(0);
    expect(await done()).toHaveLength(2);
    refuses.code = null;
    at.clock.advance(60);
    expect(await sealed.runDue()).toBe(3);
  });

  test('one key that fails waits ever longer, and the others go on', async () => {
    const sick = await at.make({ rotationPolicy: { intervalDays: 1 } });
    const well = await at.make({ rotationPolicy: { intervalDays: 1 } });
    const limping = scheduler(ailing({ code: 'CRYPTO_FAILED', keyId: sick.id }), { random: () => 0 });
    at.clock.advance(day);
    expect(await limping.runDue()).toBe(1);
    expect((await at.key(well.id)).version).toBe(2);
    for (let minute = 0; minute < 20; minute += 1) {
      at.clock.advance(60);
      await limping.runDue();
    }
    const failures = (await done()).filter((what) => what.endsWith('failed'));
    expect(failures.length).toBeGreaterThan(3);
    expect(failures.length).toBeLessThan(10);
  });

  test('passes do not overlap, and stop waits for the one under way', async () => {
    const { id } = await at.make({ rotationPolicy: { intervalDays: 1 } });
    at.clock.advance(day);
    const passes = Promise.all([schedule.runDue(), schedule.runDue()]);
    await schedule.stop();
    expect((await at.key(id)).version).toBe(2);
    await passes;
  });
});

test('start passes by itself, and stop ends that', async () => {
  const quick = scheduler(at.estate, { intervalSeconds: 0.02 });
  const { id } = await at.make({ rotationPolicy: { intervalDays: 1 } });
  at.clock.advance(day);
  quick.start();
  await expect.poll(async () => (await at.key(id)).version, { timeout: 10_000 }).toBe(2);
  await quick.stop();
});

test('a pass is made at the start already', async () => {
  const slow = scheduler(at.estate, { intervalSeconds: 3600 });
  const { id } = await at.make({ rotationPolicy: { intervalDays: 1 } });
  at.clock.advance(day);
  slow.start();
  await expect.poll(async () => (await at.key(id)).version, { timeout: 10_000 }).toBe(2);
  await slow.stop();
});
