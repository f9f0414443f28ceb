import type { KeyState } from './key-state.js';
import type { RemoteKey, RemoteKeyVersion } from './remote-key.js';

/** What the keystore was last seen to hold. */
export const statusesInKeystore = ['UNKNOWN', 'NOT_PRESENT', 'ACTIVE', 'NOT_ACTIVE', 'WRONG_KEY', 'ERROR'] as const;
export type StatusInKeystore = (typeof statusesInKeystore)[number];

export const syncFlags = ['OK', 'OUT_OF_SYNC', 'ERROR', 'VERIFYING_SYNC'] as const;
export type SyncFlag = (typeof syncFlags)[number];

export const syncDetails = [
  'PRE_ACTIVE_KEY_IS_NOT_PRESENT_IN_KEYSTORE',
  'PRE_ACTIVE_KEY_IS_PRESENT_IN_KEYSTORE',
  'ACTIVE_KEY_IS_ACTIVE_IN_KEYSTORE',
  'ACTIVE_KEY_IS_NOT_ACTIVE_IN_KEYSTORE',
  'DEACTIVATED_KEY_IS_DEACTIVATED_IN_KEYSTORE',
  'DEACTIVATED_KEY_IS_NOT_DEACTIVATED_IN_KEYSTORE',
  'DESTROYED_KEY_IS_NOT_PRESENT_IN_KEYSTORE',
  'DESTROYED_KEY_IS_PRESENT_IN_KEYSTORE',
  'CONNECTION_ERROR',
  'TARGET_KEYSTORE_REMOVED_BY_USER',
  'TARGET_KEYSTORE_REMOVED_BY_USER_CONTAINS_AN_ACTIVE_KEY',
  'UNKNOWN',
] as const;
export type SyncDetail = (typeof syncDetails)[number];

/** What is compared: the key as it should be, and what the keystore was seen to hold. */
export interface SyncFacts {
  readonly keyState: KeyState;
  /** Whether the keystore left the key's targets: then it is only watched. */
  readonly isRemoved: boolean;
  /** Versions that the keystore should hold, ascending: the last one is current. */
  readonly versions: readonly WantedVersion[];
  /** What was seen; `NOT_SEEN` before the first look. */
  readonly remote: RemoteKey | null | 'UNREACHABLE' | 'REFUSED' | 'NOT_SEEN';
}

/** A version as a keystore should hold it. */
export interface WantedVersion {
  readonly version: number;
  /** Identifies the material; the keystore computes the same from its copy. */
  readonly fingerprint: string;
  readonly state: 'ACTIVE' | 'DEACTIVATED';
}

export interface SyncState {
  readonly status: StatusInKeystore;
  readonly syncFlag: SyncFlag;
  readonly syncDetail: SyncDetail;
}

/** What UKO's status fields say about a key in a keystore (its `keystore_sync_flag_detail`). */
export function syncOf(facts: SyncFacts): SyncState {
  const { remote } = facts;
  if (remote === 'NOT_SEEN') return { status: 'UNKNOWN', syncFlag: 'VERIFYING_SYNC', syncDetail: 'UNKNOWN' };
  if (remote === 'UNREACHABLE') return { status: 'ERROR', syncFlag: 'ERROR', syncDetail: 'CONNECTION_ERROR' };
  if (remote === 'REFUSED') return { status: 'ERROR', syncFlag: 'ERROR', syncDetail: 'UNKNOWN' };
  const status = statusOf(remote, facts.versions);
  if (facts.isRemoved) return removedSync(status, remote);
  return { status, ...detailOf(facts, remote, status) };
}

/** A keystore holds the wrong key when a copy is not what it should be, or when material that is not ours is current. */
export function holdsWrongKey(remote: RemoteKey, versions: readonly WantedVersion[]): boolean {
  const fingerprints = new Map(versions.map((wanted) => [wanted.version, wanted.fingerprint]));
  return remote.versions.some(({ version, fingerprint, state, isCurrent }) => {
    if (state === 'DESTROYED') return false;
    const expected = version === null ? undefined : fingerprints.get(version);
    return expected === undefined ? isCurrent : expected !== fingerprint;
  });
}

function statusOf(remote: RemoteKey | null, versions: readonly WantedVersion[]): StatusInKeystore {
  if (remote === null || remote.state === 'DESTROYED') return 'NOT_PRESENT';
  if (holdsWrongKey(remote, versions)) return 'WRONG_KEY';
  return remote.state === 'ACTIVE' ? 'ACTIVE' : 'NOT_ACTIVE';
}

function removedSync(status: StatusInKeystore, remote: RemoteKey | null): SyncState {
  return remote?.state === 'ACTIVE'
    ? { status, syncFlag: 'OUT_OF_SYNC', syncDetail: 'TARGET_KEYSTORE_REMOVED_BY_USER_CONTAINS_AN_ACTIVE_KEY' }
    : { status, syncFlag: 'OK', syncDetail: 'TARGET_KEYSTORE_REMOVED_BY_USER' };
}

/** What a keystore should show of a key in each state, and the two details that say whether it does. */
const expectations = {
  PRE_ACTIVATION: { shows: 'ABSENT', yes: 'PRE_ACTIVE_KEY_IS_NOT_PRESENT_IN_KEYSTORE', no: 'PRE_ACTIVE_KEY_IS_PRESENT_IN_KEYSTORE' },
  ACTIVE: { shows: 'ACTIVE', yes: 'ACTIVE_KEY_IS_ACTIVE_IN_KEYSTORE', no: 'ACTIVE_KEY_IS_NOT_ACTIVE_IN_KEYSTORE' },
  DEACTIVATED: {
    shows: 'NOT_ACTIVE',
    yes: 'DEACTIVATED_KEY_IS_DEACTIVATED_IN_KEYSTORE',
    no: 'DEACTIVATED_KEY_IS_NOT_DEACTIVATED_IN_KEYSTORE',
  },
  COMPROMISED: {
    shows: 'NOT_ACTIVE',
    yes: 'DEACTIVATED_KEY_IS_DEACTIVATED_IN_KEYSTORE',
    no: 'DEACTIVATED_KEY_IS_NOT_DEACTIVATED_IN_KEYSTORE',
  },
  DESTROYED: { shows: 'ENDING', yes: 'DESTROYED_KEY_IS_NOT_PRESENT_IN_KEYSTORE', no: 'DESTROYED_KEY_IS_PRESENT_IN_KEYSTORE' },
  DESTROYED_COMPROMISED: { shows: 'ENDING', yes: 'DESTROYED_KEY_IS_NOT_PRESENT_IN_KEYSTORE', no: 'DESTROYED_KEY_IS_PRESENT_IN_KEYSTORE' },
} as const satisfies Record<KeyState, { shows: string; yes: SyncDetail; no: SyncDetail }>;

function detailOf(facts: SyncFacts, remote: RemoteKey | null, status: StatusInKeystore): Omit<SyncState, 'status'> {
  const { shows, yes, no } = expectations[facts.keyState];
  const isAbsent = status === 'NOT_PRESENT';
  const isAsExpected = {
    ABSENT: isAbsent,
    ACTIVE: status === 'ACTIVE' && remote !== null && holdsAllVersions(remote, facts.versions),
    NOT_ACTIVE: isAbsent || remote?.state !== 'ACTIVE',
    // A keystore that still counts down its own pending period does what was asked.
    ENDING: isAbsent || remote?.state === 'PENDING_DESTRUCTION',
  }[shows];
  if (!isAsExpected) return { syncFlag: 'OUT_OF_SYNC', syncDetail: no };
  return status === 'WRONG_KEY' && shows !== 'ENDING'
    ? { syncFlag: 'OUT_OF_SYNC', syncDetail: 'UNKNOWN' }
    : { syncFlag: 'OK', syncDetail: yes };
}

/** Whether every wanted version is there in its state, and the last one is current. */
export function holdsAllVersions(remote: RemoteKey, versions: readonly WantedVersion[]): boolean {
  const isHeld = (wanted: WantedVersion) => {
    const held = heldVersion(remote, wanted.version);
    return held?.fingerprint === wanted.fingerprint && held.state === wanted.state;
  };
  const current = versions.at(-1);
  return versions.every(isHeld) && (current === undefined || heldVersion(remote, current.version)?.isCurrent === true);
}

/** The copy of one of our versions, if the keystore still has it. */
export function heldVersion(remote: RemoteKey, version: number): RemoteKeyVersion | undefined {
  return remote.versions.find((held) => held.version === version && held.state !== 'DESTROYED');
}
