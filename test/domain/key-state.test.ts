import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import {
  allowedFrom,
  isBeingDestroyed,
  type KeyAction,
  type KeyLife,
  type KeySituation,
  keyActions,
  keySituations,
  keyStates,
  longestPendingSeconds,
  moveKey,
  refuseUse,
  situationOf,
  usesAllowedIn,
  versionStateAfter,
} from '../../src/domain/key-state.js';
import { keyStatesDocument } from '../../src/domain/key-state-document.js';
import { addDays, addSeconds } from '../../src/domain/time.js';

const now = '2026-03-01T12:00:00.000Z';
const tomorrow = addDays(now, 1);
const policy = { rotateDeactivated: false, destroyWaitSeconds: 14_400, pendingSeconds: 86_400 };

function keyIn(situation: KeySituation): KeyLife {
  const [state, pending] = situation.endsWith('_PENDING') ? [situation.slice(0, -8), true] : [situation, false];
  return {
    state: state as KeyLife['state'],
    activatedAt: null,
    deactivatedAt: state === 'DEACTIVATED' ? '2026-01-01T00:00:00.000Z' : null,
    compromisedAt: null,
    destroyAt: pending ? tomorrow : null,
    destroyedAt: null,
    destructionDate: null,
  };
}

/** Written out by hand: action -> the moves that are allowed. Everything else must be refused. */
const allowed: Record<KeyAction, Partial<Record<KeySituation, KeySituation>>> = {
  activate: { PRE_ACTIVATION: 'ACTIVE', DEACTIVATED: 'ACTIVE' },
  deactivate: { ACTIVE: 'DEACTIVATED' },
  compromise: {
    PRE_ACTIVATION: 'COMPROMISED',
    ACTIVE: 'COMPROMISED',
    DEACTIVATED: 'COMPROMISED',
    DEACTIVATED_PENDING: 'COMPROMISED_PENDING',
    DESTROYED: 'DESTROYED_COMPROMISED',
  },
  destroy: {
    PRE_ACTIVATION: 'DESTROYED',
    ACTIVE: 'DEACTIVATED_PENDING',
    DEACTIVATED: 'DEACTIVATED_PENDING',
    DEACTIVATED_PENDING: 'DEACTIVATED_PENDING',
    COMPROMISED: 'COMPROMISED_PENDING',
    COMPROMISED_PENDING: 'COMPROMISED_PENDING',
  },
  cancelDestruction: { DEACTIVATED_PENDING: 'DEACTIVATED', COMPROMISED_PENDING: 'COMPROMISED' },
  endDestruction: { DEACTIVATED_PENDING: 'DESTROYED', COMPROMISED_PENDING: 'DESTROYED_COMPROMISED' },
  rotate: { ACTIVE: 'ACTIVE' },
  importMaterial: { PRE_ACTIVATION: 'PRE_ACTIVATION', ACTIVE: 'ACTIVE' },
  update: { PRE_ACTIVATION: 'PRE_ACTIVATION', ACTIVE: 'ACTIVE', DEACTIVATED: 'DEACTIVATED', COMPROMISED: 'COMPROMISED' },
  align: { ACTIVE: 'ACTIVE', DEACTIVATED: 'DEACTIVATED' },
  sync: Object.fromEntries(keySituations.map((situation) => [situation, situation])),
  remove: { DESTROYED: 'DESTROYED', DESTROYED_COMPROMISED: 'DESTROYED_COMPROMISED' },
};

const everyCase = keyActions.flatMap((action) => keySituations.map((situation) => [action, situation] as const));

describe('S20: the transition table is exhaustive, and what it does not allow is refused', () => {
  test.each(everyCase)('%s from %s', (action, situation) => {
    const to = allowed[action][situation];
    const at = action === 'endDestruction' ? tomorrow : now;
    const move = () => moveKey(keyIn(situation), action, at, policy);
    if (to) expect(situationOf(move())).toBe(to);
    else {
      const key = keyIn(situation);
      expect(move).toThrow(
        expect.objectContaining({
          kind: 'wrong-state',
          details: expect.objectContaining({ action, state: key.state, allowedFrom: allowedFrom(action, policy) }),
        }),
      );
    }
  });

  test.each([
    ['activate', 'DESTROYED', 'KEY_STATE_FORBIDS'],
    ['activate', 'DEACTIVATED_PENDING', 'DESTRUCTION_PENDING'],
    ['update', 'COMPROMISED_PENDING', 'DESTRUCTION_PENDING'],
    ['deactivate', 'DEACTIVATED_PENDING', 'KEY_STATE_FORBIDS'],
    ['cancelDestruction', 'ACTIVE', 'NOT_PENDING_DESTRUCTION'],
    ['endDestruction', 'DEACTIVATED_PENDING', 'DESTRUCTION_PENDING'],
  ] as const)('%s from %s says %s', (action, situation, code) => {
    expect(() => moveKey(keyIn(situation), action, now, policy)).toThrow(expect.objectContaining({ code }));
  });

  test('a destruction cannot be cancelled once its time has come', () => {
    const cancel = (at: string) => moveKey(keyIn('DEACTIVATED_PENDING'), 'cancelDestruction', at, policy);
    expect(cancel(addSeconds(tomorrow, -1)).destroyAt).toBeNull();
    expect(() => cancel(tomorrow)).toThrow(expect.objectContaining({ code: 'NOT_PENDING_DESTRUCTION' }));
  });

  test('rotation of a deactivated key is a matter of policy', () => {
    const key = keyIn('DEACTIVATED');
    expect(moveKey(key, 'rotate', now, { ...policy, rotateDeactivated: true })).toBe(key);
  });

  test('the documented machine is the one that runs', async () => {
    await expect(keyStatesDocument()).toMatchFileSnapshot('../../docs/key-states.md');
  });

  test('whatever is asked, a key is in a situation of the table, and the end is the end', () => {
    const steps = fc.array(fc.record({ action: fc.constantFrom(...keyActions), wait: fc.nat(200_000) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (asked) => {
        let key = keyIn('PRE_ACTIVATION');
        let at = now;
        for (const { action, wait } of asked) {
          at = addSeconds(at, wait);
          const before = key;
          try {
            key = moveKey(key, action, at, policy);
          } catch (error) {
            expect(error).toBeInstanceOf(EstateError);
            expect(key).toBe(before);
          }
          expect(keySituations).toContain(situationOf(key));
          if (before.destroyedAt !== null) expect(isBeingDestroyed(key)).toBe(true);
          if (before.compromisedAt !== null) expect(key.state).toMatch(/COMPROMISED$/);
          expect(key.destroyedAt !== null).toBe(key.state.startsWith('DESTROYED'));
          if (key.destroyAt !== null) expect(['DEACTIVATED', 'COMPROMISED']).toContain(key.state);
        }
      }),
    );
  });
});

describe('times of a destruction', () => {
  test('an active key waits and then stays pending', () => {
    const key = moveKey({ ...keyIn('ACTIVE'), activatedAt: '2026-01-01T00:00:00.000Z' }, 'destroy', now, policy);
    expect(key).toMatchObject({ state: 'DEACTIVATED', deactivatedAt: now, destroyAt: addSeconds(now, 14_400 + 86_400) });
  });

  test('the wait counts from the deactivation', () => {
    const destroyAt = (deactivatedAt: string) => moveKey({ ...keyIn('DEACTIVATED'), deactivatedAt }, 'destroy', now, policy).destroyAt;
    expect(destroyAt('2026-01-01T00:00:00.000Z')).toBe(addSeconds(now, 86_400));
    expect(destroyAt(addSeconds(now, -3600))).toBe(addSeconds(now, 10_800 + 86_400));
  });

  test('a compromised key that was never deactivated does not wait', () => {
    expect(moveKey(keyIn('COMPROMISED'), 'destroy', now, policy).destroyAt).toBe(addSeconds(now, 86_400));
  });

  test('cancelling takes away a destruction date that has come, and no later one', () => {
    const cancel = (destructionDate: string) =>
      moveKey({ ...keyIn('DEACTIVATED_PENDING'), destructionDate }, 'cancelDestruction', now, policy);
    expect(cancel('2026-03-01').destructionDate).toBeNull();
    expect(cancel('2026-03-02').destructionDate).toBe('2026-03-02');
  });

  test('becoming compromised does not put off the end', () => {
    expect(moveKey(keyIn('DEACTIVATED_PENDING'), 'compromise', now, policy)).toMatchObject({ destroyAt: tomorrow, compromisedAt: now });
  });

  test('the end clears the pending time', () => {
    expect(moveKey(keyIn('DEACTIVATED_PENDING'), 'endDestruction', tomorrow, policy)).toMatchObject({
      state: 'DESTROYED',
      destroyAt: null,
      destroyedAt: tomorrow,
    });
  });

  test('reactivation keeps the first activation and forgets the deactivation', () => {
    const key = moveKey({ ...keyIn('DEACTIVATED'), activatedAt: '2025-01-01T00:00:00.000Z' }, 'activate', now, policy);
    expect(key).toMatchObject({ state: 'ACTIVE', activatedAt: '2025-01-01T00:00:00.000Z', deactivatedAt: null });
  });

  test('the longest pending period of the keystores counts', () => {
    expect(longestPendingSeconds([], 7)).toBe(7);
    expect(longestPendingSeconds([{ pendingDestructionSeconds: 3 }, { pendingDestructionSeconds: 5 }], 7)).toBe(5);
    expect(longestPendingSeconds([{ pendingDestructionSeconds: 3 }, { pendingDestructionSeconds: null }], 7)).toBe(7);
  });
});

describe('S20: what a state allows', () => {
  const strict = { useCompromised: false };

  test.each([
    ['PRE_ACTIVATION', []],
    ['ACTIVE', ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE']],
    ['DEACTIVATED', ['DECRYPT', 'UNWRAP', 'VERIFY']],
    ['COMPROMISED', []],
    ['DESTROYED', []],
    ['DESTROYED_COMPROMISED', []],
  ] as const)('%s', (state, uses) => expect(usesAllowedIn(state, strict)).toEqual(uses));

  test('compromised keys may process where the policy says so', () => {
    expect(usesAllowedIn('COMPROMISED', { useCompromised: true })).toEqual(['DECRYPT', 'UNWRAP', 'VERIFY']);
  });

  test('key and version must both allow a use, and a pending key does nothing', () => {
    const active = keyIn('ACTIVE');
    expect(() => refuseUse(active, { state: 'ACTIVE' }, 'ENCRYPT', strict)).not.toThrow();
    expect(() => refuseUse(active, { state: 'DEACTIVATED' }, 'DECRYPT', strict)).not.toThrow();
    expect(() => refuseUse(active, { state: 'DEACTIVATED' }, 'ENCRYPT', strict)).toThrow(
      expect.objectContaining({ code: 'KEY_VERSION_STATE_FORBIDS' }),
    );
    expect(() => refuseUse(keyIn('DEACTIVATED'), { state: 'DEACTIVATED' }, 'ENCRYPT', strict)).toThrow(
      expect.objectContaining({ code: 'KEY_STATE_FORBIDS' }),
    );
    expect(() => refuseUse(keyIn('DEACTIVATED_PENDING'), { state: 'DEACTIVATED' }, 'DECRYPT', strict)).toThrow(
      expect.objectContaining({ code: 'DESTRUCTION_PENDING' }),
    );
  });
});

describe('version states', () => {
  test.each([
    ['ACTIVE', 2, 'PRE_ACTIVATION', true, 'ACTIVE'],
    ['ACTIVE', 1, 'ACTIVE', false, 'ACTIVE'],
    ['ACTIVE', 1, 'ACTIVE', true, 'DEACTIVATED'],
    ['ACTIVE', 1, 'DEACTIVATED', true, 'DEACTIVATED'],
    ['ACTIVE', 2, 'DEACTIVATED', true, 'ACTIVE'],
    ['DEACTIVATED', 1, 'ACTIVE', false, 'DEACTIVATED'],
    ['COMPROMISED', 1, 'ACTIVE', false, 'COMPROMISED'],
    ['DESTROYED', 1, 'DEACTIVATED', false, 'DESTROYED'],
    ['DESTROYED_COMPROMISED', 1, 'DESTROYED', false, 'DESTROYED_COMPROMISED'],
    ['DESTROYED_COMPROMISED', 1, 'COMPROMISED', false, 'DESTROYED_COMPROMISED'],
    ['ACTIVE', 1, 'DESTROYED', false, 'DESTROYED'],
  ] as const)('key %s, version %d of 2 was %s, deactivateOnRotation %s: %s', (state, version, was, deactivateOnRotation, is) => {
    expect(versionStateAfter({ state, version: 2, deactivateOnRotation }, { version, state: was })).toBe(is);
  });

  test('what is destroyed or compromised never comes back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...keyStates),
        fc.constantFrom(...keyStates),
        fc.boolean(),
        (keyState, versionState, deactivateOnRotation) => {
          const after = versionStateAfter({ state: keyState, version: 1, deactivateOnRotation }, { version: 1, state: versionState });
          if (versionState.startsWith('DESTROYED')) expect(after).toMatch(/^DESTROYED/);
          if (versionState.endsWith('COMPROMISED')) expect(after).toMatch(/COMPROMISED$/);
        },
      ),
    );
  });
});
