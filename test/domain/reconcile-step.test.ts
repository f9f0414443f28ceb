import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextStep, type ReconcileStep, type StepCapabilities, type WantedInstance } from '../../src/domain/reconcile-step.js';
import type { RemoteKey, RemoteKeyVersion } from '../../src/domain/remote-key.js';
import { syncOf } from '../../src/domain/sync-state.js';

const until = '2026-06-01T00:00:00.000Z';
type Install = { readonly version: number; readonly wasCurrent: boolean; readonly wasHeld: boolean };

/** A keystore in memory that does each step as the contract says. `derived`: the key's state is that of our versions in it. */
function modelKeystore(start: RemoteKey | null, wanted: WantedInstance, capabilities: StepCapabilities, derived: boolean) {
  let key = start;
  const installs: Install[] = [];
  const put = (fields: Partial<RemoteKey>) => {
    if (key) key = { ...key, ...fields };
    if (key && derived && (key.state === 'ACTIVE' || key.state === 'DEACTIVATED')) {
      key = { ...key, state: key.versions.some((one) => one.version !== null && one.state === 'ACTIVE') ? 'ACTIVE' : 'DEACTIVATED' };
    }
  };
  const steps: { readonly [K in ReconcileStep['kind']]?: (step: ReconcileStep & { kind: K }) => void } = {
    install: ({ version }) => {
      const present: RemoteKey =
        key && key.state !== 'DESTROYED'
          ? key
          : { managedKeyId: 'k', remoteId: 'r', name: wanted.name, state: 'ACTIVE', pendingUntil: null, versions: [] };
      const held = present.versions.find((one) => one.version === version && one.state !== 'DESTROYED');
      installs.push({ version, wasCurrent: held?.isCurrent === true, wasHeld: held !== undefined });
      const others = present.versions.filter((one) => one !== held).map((one) => ({ ...one, isCurrent: false }));
      const fingerprint = wanted.versions.find((one) => one.version === version)?.fingerprint ?? '';
      key = present;
      put({ versions: [...others, { remoteVersionId: `r${version}`, version, fingerprint, state: 'ACTIVE', isCurrent: true }] });
    },
    setState: ({ state }) =>
      put({
        state,
        ...(derived
          ? { versions: (key?.versions ?? []).map((one) => (one.state === 'DESTROYED' || one.version === null ? one : { ...one, state })) }
          : {}),
      }),
    setVersionState: ({ version, state }) =>
      put({
        versions: (key?.versions ?? []).map((one) => (one.version === version && one.state !== 'DESTROYED' ? { ...one, state } : one)),
      }),
    rename: ({ name }) => put({ name }),
    scheduleDestruction: (step) => put({ state: 'PENDING_DESTRUCTION', pendingUntil: step.until }),
    cancelDestruction: () =>
      put({
        state: 'DEACTIVATED',
        pendingUntil: null,
        ...(derived
          ? {
              versions: (key?.versions ?? []).map((one) =>
                one.state === 'ACTIVE' && one.version !== null ? { ...one, state: 'DEACTIVATED' as const } : one,
              ),
            }
          : {}),
      }),
    destroy: () => {
      if (capabilities.destroysAtOnce === false) put({ state: 'PENDING_DESTRUCTION', pendingUntil: until });
      else key = null;
    },
  };
  return {
    installs,
    look: () => key,
    perform: (step: ReconcileStep) => (steps[step.kind] as ((step: ReconcileStep) => void) | undefined)?.(step),
  };
}

const stateOf = fc.constantFrom('ACTIVE', 'DEACTIVATED') as fc.Arbitrary<'ACTIVE' | 'DEACTIVATED'>;
const wantedVersions = fc.array(stateOf, { minLength: 1, maxLength: 5 }).map((states) =>
  states.map((state, index) => ({
    version: index + 1,
    fingerprint: `f${index + 1}`,
    state: index === states.length - 1 ? ('ACTIVE' as const) : state,
  })),
);
const wantedInstance: fc.Arbitrary<WantedInstance> = fc
  .record({
    state: fc.constantFrom('ABSENT', 'ACTIVE', 'DEACTIVATED', 'DESTROYED') as fc.Arbitrary<WantedInstance['state']>,
    name: fc.constantFrom('one', 'two'),
    versions: wantedVersions,
    destroyAt: fc.option(fc.constant(until)),
  })
  .map((wanted) => ({ ...wanted, destroyAt: wanted.state === 'DEACTIVATED' ? wanted.destroyAt : null }));

/** Whatever a keystore may show: some of our versions, foreign ones, any state; at most one is current. */
const anyRemote: fc.Arbitrary<RemoteKey | null> = fc.option(
  fc
    .record({
      name: fc.constantFrom('one', 'three'),
      state: fc.constantFrom('ACTIVE', 'DEACTIVATED', 'PENDING_DESTRUCTION', 'DESTROYED') as fc.Arbitrary<RemoteKey['state']>,
      held: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 6 }),
      states: fc.array(fc.constantFrom('ACTIVE', 'DEACTIVATED', 'DESTROYED') as fc.Arbitrary<RemoteKeyVersion['state']>, {
        minLength: 6,
        maxLength: 6,
      }),
      current: fc.nat(5),
    })
    .map(({ name, state, held, states, current }) => ({
      managedKeyId: 'k',
      remoteId: 'r',
      name,
      state,
      pendingUntil: state === 'PENDING_DESTRUCTION' ? until : null,
      versions: held.map((version, index) => ({
        remoteVersionId: `r${version}`,
        version: version === 0 ? null : version,
        fingerprint: `f${version}`,
        state: states[index] as RemoteKeyVersion['state'],
        isCurrent: index === current,
      })),
    })),
);
const abilities: fc.Arbitrary<StepCapabilities> = fc.record({
  rename: fc.boolean(),
  cancelDestruction: fc.boolean(),
  destroysAtOnce: fc.boolean(),
});

test('from whatever is seen, a bounded number of steps leads to what is wanted, or stops and says why', () => {
  fc.assert(
    fc.property(wantedInstance, anyRemote, abilities, fc.boolean(), (wanted, start, capabilities, derived) => {
      const keystore = modelKeystore(start, wanted, capabilities, derived);
      const bound = 3 * wanted.versions.length + 5;
      let step: ReconcileStep = { kind: 'none' };
      for (let count = 0; count <= bound; count += 1) {
        step = nextStep(wanted, keystore.look(), capabilities);
        if (['none', 'blocked', 'wait'].includes(step.kind)) break;
        expect(count).toBeLessThan(bound);
        keystore.perform(step);
      }
      // A version is installed again only to become current, and never twice over.
      for (const { version } of keystore.installs) {
        const mine = keystore.installs.filter((install) => install.version === version);
        expect(mine.filter((install) => !install.wasHeld).length).toBeLessThanOrEqual(1);
        expect(mine.some((install) => install.wasCurrent)).toBe(false);
      }
      const remote = keystore.look();
      expect(new Set(remote?.versions.filter((one) => one.state !== 'DESTROYED').map((one) => one.version)).size).toBe(
        remote?.versions.filter((one) => one.state !== 'DESTROYED').length ?? 0,
      );
      if (step.kind === 'none' && wanted.state === 'ACTIVE') {
        expect(syncOf({ keyState: 'ACTIVE', isRemoved: false, versions: wanted.versions, remote })).toMatchObject({ syncFlag: 'OK' });
        if (capabilities.rename) expect(remote?.name).toBe(wanted.name);
      }
      if (step.kind === 'none' && wanted.state === 'DEACTIVATED' && remote && remote.state !== 'DESTROYED') {
        expect(remote.state).toBe(wanted.destroyAt === null ? 'DEACTIVATED' : 'PENDING_DESTRUCTION');
      }
      if (step.kind === 'none' && wanted.state === 'DESTROYED') expect(remote === null || remote.state === 'DESTROYED').toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('a step repeated after a lost reply changes nothing more', () => {
  fc.assert(
    fc.property(wantedInstance, anyRemote, abilities, fc.boolean(), (wanted, start, capabilities, derived) => {
      const once = modelKeystore(start, wanted, capabilities, derived);
      const step = nextStep(wanted, start, capabilities);
      once.perform(step);
      const twice = modelKeystore(once.look(), wanted, capabilities, derived);
      twice.perform(step);
      if (step.kind !== 'destroy') expect(twice.look()).toEqual(once.look());
    }),
  );
});

describe('single steps', () => {
  const wanted: WantedInstance = {
    state: 'ACTIVE',
    name: 'key',
    versions: [
      { version: 1, fingerprint: 'f1', state: 'DEACTIVATED' },
      { version: 2, fingerprint: 'f2', state: 'ACTIVE' },
    ],
    destroyAt: null,
  };
  const can = { rename: true, cancelDestruction: true };
  const version = (number: number, fields: Partial<RemoteKeyVersion> = {}): RemoteKeyVersion => ({
    remoteVersionId: `r${number}`,
    version: number,
    fingerprint: `f${number}`,
    state: 'ACTIVE',
    isCurrent: false,
    ...fields,
  });
  const remote = (fields: Partial<RemoteKey> = {}): RemoteKey => ({
    managedKeyId: 'k',
    remoteId: 'r',
    name: 'key',
    state: 'ACTIVE',
    pendingUntil: null,
    versions: [version(1, { state: 'DEACTIVATED' }), version(2, { isCurrent: true })],
    ...fields,
  });

  test.each([
    ['agreed', wanted, remote(), { kind: 'none' }],
    ['nothing there', wanted, null, { kind: 'install', version: 1 }],
    ['rotated', wanted, remote({ versions: [version(1, { isCurrent: true })] }), { kind: 'install', version: 2 }],
    [
      'the earlier one still active',
      wanted,
      remote({ versions: [version(1), version(2, { isCurrent: true })] }),
      { kind: 'setVersionState', version: 1, state: 'DEACTIVATED' },
    ],
    [
      'rolled back by somebody',
      wanted,
      remote({ versions: [version(1, { isCurrent: true, state: 'DEACTIVATED' }), version(2)] }),
      { kind: 'install', version: 2 },
    ],
    ['disabled by somebody', wanted, remote({ state: 'DEACTIVATED' }), { kind: 'setState', state: 'ACTIVE' }],
    ['renamed by somebody', wanted, remote({ name: 'other' }), { kind: 'rename', name: 'key' }],
    ['deleted by somebody', wanted, remote({ state: 'PENDING_DESTRUCTION', pendingUntil: until }), { kind: 'cancelDestruction' }],
    [
      'other material',
      wanted,
      remote({ versions: [version(1, { fingerprint: 'x' }), version(2)] }),
      { kind: 'blocked', reason: 'WRONG_KEY' },
    ],
    ['not wanted there', { ...wanted, state: 'ABSENT' }, remote(), { kind: 'blocked', reason: 'PRESENT_UNASKED' }],
    ['deactivated', { ...wanted, state: 'DEACTIVATED' }, remote(), { kind: 'setState', state: 'DEACTIVATED' }],
    ['deactivated, never installed', { ...wanted, state: 'DEACTIVATED' }, null, { kind: 'none' }],
    [
      'deactivated despite other material',
      { ...wanted, state: 'DEACTIVATED' },
      remote({ versions: [version(1, { fingerprint: 'x' })] }),
      { kind: 'setState', state: 'DEACTIVATED' },
    ],
    [
      'to be destroyed, still active',
      { ...wanted, state: 'DEACTIVATED', destroyAt: until },
      remote(),
      { kind: 'setState', state: 'DEACTIVATED' },
    ],
    [
      'to be destroyed',
      { ...wanted, state: 'DEACTIVATED', destroyAt: until },
      remote({ state: 'DEACTIVATED' }),
      { kind: 'scheduleDestruction', until },
    ],
    ['destruction cancelled', { ...wanted, state: 'DEACTIVATED' }, remote({ state: 'PENDING_DESTRUCTION' }), { kind: 'cancelDestruction' }],
    ['destroyed', { ...wanted, state: 'DESTROYED' }, remote(), { kind: 'destroy' }],
  ] as const)('%s', (_, want, seen, step) => expect(nextStep(want as WantedInstance, seen, can)).toEqual(step));

  test('what the keystore cannot do is not asked of it', () => {
    const pending = remote({ state: 'PENDING_DESTRUCTION', pendingUntil: until });
    const cannot = { rename: false, cancelDestruction: false, destroysAtOnce: false };
    expect(nextStep(wanted, pending, cannot)).toEqual({ kind: 'blocked', reason: 'CANNOT_CANCEL' });
    expect(nextStep(wanted, remote({ name: 'other' }), cannot)).toEqual({ kind: 'none' });
    expect(nextStep({ ...wanted, state: 'DESTROYED' }, pending, cannot)).toEqual({ kind: 'wait', until });
  });
});
