import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import { keyStates, moveKey } from '../../src/domain/key-state.js';
import { nextRotationOf, refuseEarlyRotation } from '../../src/domain/rotation.js';
import { dueAction, nextDueAt, plannedDates, type Scheduled } from '../../src/domain/schedule.js';
import { addDays, compareTimes } from '../../src/domain/time.js';

const now = '2026-03-10T09:00:00.000Z';
const all = { activateOnDate: true, deactivateOnDate: true, destroyOnDate: true };
const planningOnly = { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false };
const key = {
  state: 'ACTIVE',
  createdAt: '2026-01-01T00:00:00.000Z',
  activatedAt: '2026-01-01T00:00:00.000Z',
  deactivatedAt: null,
  compromisedAt: null,
  destroyedAt: null,
  rotatedAt: null,
  rotationForcedAt: null,
  destroyAt: null,
  activationDate: null,
  expirationDate: null,
  destructionDate: null,
  rotationPolicy: null,
  lifecyclePolicy: all,
} satisfies Scheduled & Record<string, unknown>;
const due = (fields: Partial<Scheduled>, at = now) => dueAction({ ...key, ...fields }, at)?.action ?? null;

describe('dates', () => {
  test.each([
    ['activation day has come', { state: 'PRE_ACTIVATION', activationDate: '2026-03-10' }, 'activate'],
    ['activation day is tomorrow', { state: 'PRE_ACTIVATION', activationDate: '2026-03-11' }, null],
    ['the last day is today', { expirationDate: '2026-03-10' }, null],
    ['the last day was yesterday', { expirationDate: '2026-03-09' }, 'deactivate'],
    ['destruction day has come', { state: 'DEACTIVATED', destructionDate: '2026-03-10' }, 'destroy'],
    ['destruction day passed while active and expired', { expirationDate: '2026-01-01', destructionDate: '2026-02-01' }, 'destroy'],
    [
      'never activated, and expired meanwhile',
      { state: 'PRE_ACTIVATION', activationDate: '2026-01-01', expirationDate: '2026-02-01' },
      null,
    ],
    ['a deactivated key past its activation day', { state: 'DEACTIVATED', activationDate: '2026-01-01' }, null],
    ['the pending period is over', { state: 'DEACTIVATED', destroyAt: '2026-03-10T08:00:00.000Z' }, 'endDestruction'],
    [
      'the pending period runs, other dates rest',
      { state: 'DEACTIVATED', destroyAt: '2026-03-11T00:00:00.000Z', destructionDate: '2026-01-01' },
      null,
    ],
    ['destroyed', { state: 'DESTROYED', destructionDate: '2026-01-01' }, null],
    ['planning only', { lifecyclePolicy: planningOnly, expirationDate: '2026-01-01', destructionDate: '2026-01-02' }, null],
    ['planning only, not yet active', { state: 'PRE_ACTIVATION', lifecyclePolicy: planningOnly, activationDate: '2026-01-01' }, null],
    ['rotation is due', { rotationPolicy: { intervalDays: 30 } }, 'rotate'],
    ['rotated a while ago', { rotationPolicy: { intervalDays: 30 }, rotatedAt: '2026-03-01T00:00:00.000Z' }, null],
    ['an expired key is not rotated any more', { rotationPolicy: { intervalDays: 30 }, expirationDate: '2026-03-01' }, 'deactivate'],
    ['a deactivated key is not rotated', { state: 'DEACTIVATED', rotationPolicy: { intervalDays: 30 } }, null],
  ] as const)('%s', (_, fields, action) => expect(due(fields)).toBe(action));

  test('planned dates count as UKO counts them', () => {
    expect(plannedDates({ activationPeriod: 'P5Y1M1W2D', expirationPeriod: 'P1Y2M1W4D' }, '2023-06-05')).toEqual({
      activationDate: '2028-07-14',
      expirationDate: '2029-09-25',
    });
    expect(plannedDates({ activationPeriod: null, expirationPeriod: 'P1Y' }, '2023-06-05')).toEqual({
      activationDate: null,
      expirationDate: '2024-06-05',
    });
    expect(plannedDates({ activationPeriod: null, expirationPeriod: null }, '2023-06-05')).toEqual({
      activationDate: null,
      expirationDate: null,
    });
  });
});

describe('rotation', () => {
  test('five missed intervals are caught up by one rotation', () => {
    const missed = { ...key, rotationPolicy: { intervalDays: 7 } };
    expect(dueAction(missed, now)?.action).toBe('rotate');
    const rotated = { ...missed, rotatedAt: now };
    expect(dueAction(rotated, now)).toBeNull();
    expect(nextRotationOf(rotated)).toBe(addDays(now, 7));
  });

  test('people wait between rotations', () => {
    const rotated = { rotatedAt: '2026-03-10T08:30:00.000Z' };
    expect(() => refuseEarlyRotation(rotated, now, 3600)).toThrow(
      expect.objectContaining({ code: 'ROTATION_TOO_SOON', details: { retryAt: '2026-03-10T09:30:00.000Z' } }),
    );
    expect(() => refuseEarlyRotation(rotated, now, 1800)).not.toThrow();
    expect(() => refuseEarlyRotation({ rotatedAt: null }, now, 3600)).not.toThrow();
  });
});

const day = fc.integer({ min: -400, max: 400 }).map((days) => addDays(now, days).slice(0, 10));
const scheduled = fc.record({
  state: fc.constantFrom(...keyStates),
  activationDate: fc.option(day),
  expirationDate: fc.option(day),
  destructionDate: fc.option(day),
  rotatedAt: fc.option(fc.integer({ min: -400, max: 0 }).map((days) => addDays(now, days))),
  rotationPolicy: fc.option(fc.record({ intervalDays: fc.integer({ min: 1, max: 100 }) })),
  lifecyclePolicy: fc.record({ activateOnDate: fc.boolean(), deactivateOnDate: fc.boolean(), destroyOnDate: fc.boolean() }),
});
const policy = { rotateDeactivated: false, destroyWaitSeconds: 0, pendingSeconds: 0 };

test('what is due is allowed, ends after a few moves, and agrees with the next due time', () => {
  fc.assert(
    fc.property(scheduled, (fields) => {
      let current = { ...key, ...fields };
      let moves = 0;
      for (let next = dueAction(current, now); next; next = dueAction(current, now)) {
        const at = nextDueAt(current, now);
        expect(at !== null && compareTimes(at, now) <= 0).toBe(true);
        const { action } = next;
        expect(() => moveKey(current, action, now, policy)).not.toThrow(EstateError);
        current = { ...moveKey(current, action, now, policy), ...(action === 'rotate' ? { rotatedAt: now } : {}) };
        moves += 1;
        expect(moves).toBeLessThanOrEqual(3);
      }
      const at = nextDueAt(current, now);
      if (at !== null) expect(dueAction(current, at) !== null || current.state === 'PRE_ACTIVATION').toBe(true);
      if (at !== null) expect(compareTimes(at, now)).toBeGreaterThan(0);
    }),
  );
});
