import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyStates } from '../../src/domain/key-state.js';
import type { RemoteKey } from '../../src/domain/remote-key.js';
import { type SyncFacts, statusesInKeystore, syncDetails, syncFlags, syncOf, type WantedVersion } from '../../src/domain/sync-state.js';

const versions: WantedVersion[] = [
  { version: 1, fingerprint: 'f1', state: 'DEACTIVATED' },
  { version: 2, fingerprint: 'f2', state: 'ACTIVE' },
];
const held = [
  { remoteVersionId: 'r1', version: 1, fingerprint: 'f1', state: 'DEACTIVATED', isCurrent: false },
  { remoteVersionId: 'r2', version: 2, fingerprint: 'f2', state: 'ACTIVE', isCurrent: true },
] as const;
const remoteKey = (state: RemoteKey['state'], fields: Partial<RemoteKey> = {}): RemoteKey => ({
  managedKeyId: 'k',
  remoteId: 'r',
  name: 'n',
  state,
  pendingUntil: null,
  versions: held,
  ...fields,
});
const facts = (keyState: SyncFacts['keyState'], remote: SyncFacts['remote'], isRemoved = false): SyncFacts => ({
  keyState,
  remote,
  isRemoved,
  versions,
});

test.each([
  ['PRE_ACTIVATION', null, 'NOT_PRESENT', 'OK', 'PRE_ACTIVE_KEY_IS_NOT_PRESENT_IN_KEYSTORE'],
  ['PRE_ACTIVATION', 'ACTIVE', 'ACTIVE', 'OUT_OF_SYNC', 'PRE_ACTIVE_KEY_IS_PRESENT_IN_KEYSTORE'],
  ['PRE_ACTIVATION', 'DEACTIVATED', 'NOT_ACTIVE', 'OUT_OF_SYNC', 'PRE_ACTIVE_KEY_IS_PRESENT_IN_KEYSTORE'],
  ['ACTIVE', 'ACTIVE', 'ACTIVE', 'OK', 'ACTIVE_KEY_IS_ACTIVE_IN_KEYSTORE'],
  ['ACTIVE', 'DEACTIVATED', 'NOT_ACTIVE', 'OUT_OF_SYNC', 'ACTIVE_KEY_IS_NOT_ACTIVE_IN_KEYSTORE'],
  ['ACTIVE', 'PENDING_DESTRUCTION', 'NOT_ACTIVE', 'OUT_OF_SYNC', 'ACTIVE_KEY_IS_NOT_ACTIVE_IN_KEYSTORE'],
  ['ACTIVE', 'DESTROYED', 'NOT_PRESENT', 'OUT_OF_SYNC', 'ACTIVE_KEY_IS_NOT_ACTIVE_IN_KEYSTORE'],
  ['ACTIVE', null, 'NOT_PRESENT', 'OUT_OF_SYNC', 'ACTIVE_KEY_IS_NOT_ACTIVE_IN_KEYSTORE'],
  ['DEACTIVATED', 'DEACTIVATED', 'NOT_ACTIVE', 'OK', 'DEACTIVATED_KEY_IS_DEACTIVATED_IN_KEYSTORE'],
  ['DEACTIVATED', 'PENDING_DESTRUCTION', 'NOT_ACTIVE', 'OK', 'DEACTIVATED_KEY_IS_DEACTIVATED_IN_KEYSTORE'],
  ['DEACTIVATED', null, 'NOT_PRESENT', 'OK', 'DEACTIVATED_KEY_IS_DEACTIVATED_IN_KEYSTORE'],
  ['DEACTIVATED', 'ACTIVE', 'ACTIVE', 'OUT_OF_SYNC', 'DEACTIVATED_KEY_IS_NOT_DEACTIVATED_IN_KEYSTORE'],
  ['COMPROMISED', 'ACTIVE', 'ACTIVE', 'OUT_OF_SYNC', 'DEACTIVATED_KEY_IS_NOT_DEACTIVATED_IN_KEYSTORE'],
  ['DESTROYED', null, 'NOT_PRESENT', 'OK', 'DESTROYED_KEY_IS_NOT_PRESENT_IN_KEYSTORE'],
  ['DESTROYED', 'DESTROYED', 'NOT_PRESENT', 'OK', 'DESTROYED_KEY_IS_NOT_PRESENT_IN_KEYSTORE'],
  ['DESTROYED', 'PENDING_DESTRUCTION', 'NOT_ACTIVE', 'OK', 'DESTROYED_KEY_IS_NOT_PRESENT_IN_KEYSTORE'],
  ['DESTROYED', 'DEACTIVATED', 'NOT_ACTIVE', 'OUT_OF_SYNC', 'DESTROYED_KEY_IS_PRESENT_IN_KEYSTORE'],
  ['DESTROYED_COMPROMISED', 'ACTIVE', 'ACTIVE', 'OUT_OF_SYNC', 'DESTROYED_KEY_IS_PRESENT_IN_KEYSTORE'],
] as const)('%s key, keystore shows %s', (keyState, remote, status, syncFlag, syncDetail) => {
  expect(syncOf(facts(keyState, remote === null ? null : remoteKey(remote)))).toEqual({ status, syncFlag, syncDetail });
});

describe('looks that failed, and keystores that left', () => {
  test.each([
    ['NOT_SEEN', 'UNKNOWN', 'VERIFYING_SYNC', 'UNKNOWN'],
    ['UNREACHABLE', 'ERROR', 'ERROR', 'CONNECTION_ERROR'],
    ['REFUSED', 'ERROR', 'ERROR', 'UNKNOWN'],
  ] as const)('%s', (remote, status, syncFlag, syncDetail) =>
    expect(syncOf(facts('ACTIVE', remote))).toEqual({ status, syncFlag, syncDetail }),
  );

  test('a removed keystore is watched for what it still holds', () => {
    expect(syncOf(facts('ACTIVE', remoteKey('ACTIVE'), true))).toMatchObject({
      syncFlag: 'OUT_OF_SYNC',
      syncDetail: 'TARGET_KEYSTORE_REMOVED_BY_USER_CONTAINS_AN_ACTIVE_KEY',
    });
    expect(syncOf(facts('ACTIVE', remoteKey('DEACTIVATED'), true))).toMatchObject({
      syncFlag: 'OK',
      syncDetail: 'TARGET_KEYSTORE_REMOVED_BY_USER',
    });
  });
});

describe('versions', () => {
  const [first, second] = held;

  test.each([
    ['our version has other material', [first, { ...second, fingerprint: 'other' }]],
    ['an earlier version has other material', [{ ...first, fingerprint: 'other' }, second]],
    ['foreign material is current', [first, { ...second, isCurrent: false }, { ...second, version: null, fingerprint: 'x' }]],
  ])('%s: wrong key', (_, remoteVersions) => {
    expect(syncOf(facts('ACTIVE', remoteKey('ACTIVE', { versions: remoteVersions })))).toEqual({
      status: 'WRONG_KEY',
      syncFlag: 'OUT_OF_SYNC',
      syncDetail: 'ACTIVE_KEY_IS_NOT_ACTIVE_IN_KEYSTORE',
    });
    expect(syncOf(facts('DEACTIVATED', remoteKey('DEACTIVATED', { versions: remoteVersions })))).toEqual({
      status: 'WRONG_KEY',
      syncFlag: 'OUT_OF_SYNC',
      syncDetail: 'UNKNOWN',
    });
  });

  test.each([
    ['the newest is not there yet', [{ ...first, isCurrent: true }]],
    [
      'the newest is not current',
      [
        { ...first, isCurrent: true },
        { ...second, isCurrent: false },
      ],
    ],
    ['the first is still active', [{ ...first, state: 'ACTIVE' as const }, second]],
    ['the newest was destroyed', [first, { ...second, state: 'DESTROYED' as const }]],
  ])('%s: active, but out of sync', (_, remoteVersions) => {
    expect(syncOf(facts('ACTIVE', remoteKey('ACTIVE', { versions: remoteVersions })))).toMatchObject({
      status: 'ACTIVE',
      syncFlag: 'OUT_OF_SYNC',
    });
  });

  test('foreign material beside ours that is not current does not matter', () => {
    const extra = { remoteVersionId: 'x', version: null, fingerprint: 'x', state: 'ACTIVE', isCurrent: false } as const;
    expect(syncOf(facts('ACTIVE', remoteKey('ACTIVE', { versions: [...held, extra] })))).toMatchObject({ syncFlag: 'OK' });
  });
});

test('every combination has an answer of the vocabulary', () => {
  const remotes = [
    null,
    'NOT_SEEN',
    'UNREACHABLE',
    'REFUSED',
    ...(['ACTIVE', 'DEACTIVATED', 'PENDING_DESTRUCTION', 'DESTROYED'] as const).map((s) => remoteKey(s)),
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...keyStates), fc.constantFrom(...remotes), fc.boolean(), (keyState, remote, isRemoved) => {
      const sync = syncOf(facts(keyState, remote, isRemoved));
      expect(statusesInKeystore).toContain(sync.status);
      expect(syncFlags).toContain(sync.syncFlag);
      expect(syncDetails).toContain(sync.syncDetail);
    }),
  );
});
