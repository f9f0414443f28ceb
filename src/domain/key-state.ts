/**
 * The life of a managed key: states and moves of NIST SP 800-57 part 1 (revision 5) section 7, in one table.
 *
 * SUSPENDED is left out, since UKO does not use it for managed keys. A destruction first waits for a pending period,
 * in which the key stays DEACTIVATED or COMPROMISED and can do nothing but come back, be compromised, or end.
 */
import type { KeyUsage } from './algorithms.js';
import type { PlainDate, Timestamp } from './entity.js';
import { EstateError } from './errors.js';
import { addSeconds, compareTimes, dayOf, later } from './time.js';

export const keyStates = ['PRE_ACTIVATION', 'ACTIVE', 'DEACTIVATED', 'COMPROMISED', 'DESTROYED', 'DESTROYED_COMPROMISED'] as const;
export type KeyState = (typeof keyStates)[number];

/** Rows of the table: the states, with the two in which a destruction can be pending told apart. */
export const keySituations = [
  'PRE_ACTIVATION',
  'ACTIVE',
  'DEACTIVATED',
  'DEACTIVATED_PENDING',
  'COMPROMISED',
  'COMPROMISED_PENDING',
  'DESTROYED',
  'DESTROYED_COMPROMISED',
] as const;
export type KeySituation = (typeof keySituations)[number];

export const keyActions = [
  'activate',
  'deactivate',
  'compromise',
  'destroy',
  'cancelDestruction',
  'endDestruction',
  'rotate',
  'importMaterial',
  'update',
  'align',
  'sync',
  'remove',
] as const;
/** What can be done with a key. `endDestruction` is the end of the pending period, done by the server itself. */
export type KeyAction = (typeof keyActions)[number];

/** Where an action leads; `REMOVED` is the end of the record. `null`: refused. */
export type Destination = KeySituation | 'REMOVED' | null;

/** A cell that holds only when the server's policy allows it. */
export interface ByPolicy {
  readonly to: KeySituation;
  readonly onlyIf: 'rotateDeactivated';
}

const nowhere = {
  PRE_ACTIVATION: null,
  ACTIVE: null,
  DEACTIVATED: null,
  DEACTIVATED_PENDING: null,
  COMPROMISED: null,
  COMPROMISED_PENDING: null,
  DESTROYED: null,
  DESTROYED_COMPROMISED: null,
} as const;

const unmoved = {
  PRE_ACTIVATION: 'PRE_ACTIVATION',
  ACTIVE: 'ACTIVE',
  DEACTIVATED: 'DEACTIVATED',
  DEACTIVATED_PENDING: 'DEACTIVATED_PENDING',
  COMPROMISED: 'COMPROMISED',
  COMPROMISED_PENDING: 'COMPROMISED_PENDING',
  DESTROYED: 'DESTROYED',
  DESTROYED_COMPROMISED: 'DESTROYED_COMPROMISED',
} as const;

/** The machine: every action in every situation. What is not named leads nowhere. */
export const keyTransitions: Readonly<Record<KeyAction, Readonly<Record<KeySituation, Destination | ByPolicy>>>> = {
  activate: { ...nowhere, PRE_ACTIVATION: 'ACTIVE', DEACTIVATED: 'ACTIVE' },
  deactivate: { ...nowhere, ACTIVE: 'DEACTIVATED' },
  compromise: {
    ...nowhere,
    PRE_ACTIVATION: 'COMPROMISED',
    ACTIVE: 'COMPROMISED',
    DEACTIVATED: 'COMPROMISED',
    DEACTIVATED_PENDING: 'COMPROMISED_PENDING',
    DESTROYED: 'DESTROYED_COMPROMISED',
  },
  destroy: {
    ...nowhere,
    PRE_ACTIVATION: 'DESTROYED',
    ACTIVE: 'DEACTIVATED_PENDING',
    DEACTIVATED: 'DEACTIVATED_PENDING',
    // Asked for again, a destruction stays as it was scheduled.
    DEACTIVATED_PENDING: 'DEACTIVATED_PENDING',
    COMPROMISED: 'COMPROMISED_PENDING',
    COMPROMISED_PENDING: 'COMPROMISED_PENDING',
  },
  cancelDestruction: { ...nowhere, DEACTIVATED_PENDING: 'DEACTIVATED', COMPROMISED_PENDING: 'COMPROMISED' },
  endDestruction: { ...nowhere, DEACTIVATED_PENDING: 'DESTROYED', COMPROMISED_PENDING: 'DESTROYED_COMPROMISED' },
  rotate: { ...nowhere, ACTIVE: 'ACTIVE', DEACTIVATED: { to: 'DEACTIVATED', onlyIf: 'rotateDeactivated' } },
  importMaterial: { ...nowhere, PRE_ACTIVATION: 'PRE_ACTIVATION', ACTIVE: 'ACTIVE' },
  update: {
    ...nowhere,
    PRE_ACTIVATION: 'PRE_ACTIVATION',
    ACTIVE: 'ACTIVE',
    DEACTIVATED: 'DEACTIVATED',
    COMPROMISED: 'COMPROMISED',
  },
  align: { ...nowhere, ACTIVE: 'ACTIVE', DEACTIVATED: 'DEACTIVATED' },
  sync: unmoved,
  remove: { ...nowhere, DESTROYED: 'REMOVED', DESTROYED_COMPROMISED: 'REMOVED' },
};

/** What of a managed key its moves read and write. */
export interface KeyLife {
  readonly state: KeyState;
  readonly activatedAt: Timestamp | null;
  readonly deactivatedAt: Timestamp | null;
  readonly compromisedAt: Timestamp | null;
  readonly destroyAt: Timestamp | null;
  readonly destroyedAt: Timestamp | null;
  readonly destructionDate: PlainDate | null;
}

/** The server's waits as they stand for one key. */
export interface MovePolicy {
  readonly rotateDeactivated: boolean;
  /** Seconds that must lie between deactivation and the start of the pending period. */
  readonly destroyWaitSeconds: number;
  /** The longest pending period of the keystores that hold the key; see `longestPendingSeconds`. */
  readonly pendingSeconds: number;
}

/** The key's row in the table. */
export function situationOf(key: Pick<KeyLife, 'state' | 'destroyAt'>): KeySituation {
  if (key.destroyAt === null) return key.state;
  if (key.state === 'DEACTIVATED') return 'DEACTIVATED_PENDING';
  return key.state === 'COMPROMISED' ? 'COMPROMISED_PENDING' : key.state;
}

/** Whether the key's destruction is pending or done: its name is free, and nothing has to wait for it. */
export function isBeingDestroyed(key: Pick<KeyLife, 'state' | 'destroyAt'>): boolean {
  return key.destroyAt !== null || key.state === 'DESTROYED' || key.state === 'DESTROYED_COMPROMISED';
}

/**
 * Moves a managed key through its life, or refuses.
 *
 * Actions that leave the state as it is (`rotate`, `update`, `sync` …) and `remove` answer the key unchanged: for them
 * this is only the check. Pure: nothing is stored or audited here, and the revision is the caller's.
 * @throws EstateError KEY_STATE_FORBIDS, DESTRUCTION_PENDING or NOT_PENDING_DESTRUCTION with action, state and allowedFrom.
 */
export function moveKey<Key extends KeyLife>(key: Key, action: KeyAction, now: Timestamp, policy: MovePolicy): Key {
  const from = situationOf(key);
  const to = destinationOf(action, from, policy);
  if (to === null) throw refusal(key, action, policy);
  if (action === 'cancelDestruction' && key.destroyAt !== null && compareTimes(key.destroyAt, now) <= 0) {
    throw new EstateError('NOT_PENDING_DESTRUCTION', detailsOf(key, action, policy));
  }
  if (action === 'endDestruction' && key.destroyAt !== null && compareTimes(now, key.destroyAt) < 0) {
    throw new EstateError('DESTRUCTION_PENDING', { ...detailsOf(key, action, policy), destroyAt: key.destroyAt });
  }
  return to === 'REMOVED' || to === from ? key : { ...key, ...arrival(key, action, to, now, policy) };
}

/** The key as it is once its material is known to be gone, from whatever state it was in. */
export function endedKey<Key extends KeyLife>(key: Key, now: Timestamp): Key {
  const isCompromised = key.state === 'COMPROMISED' || key.state === 'DESTROYED_COMPROMISED';
  return {
    ...key,
    state: isCompromised ? 'DESTROYED_COMPROMISED' : 'DESTROYED',
    deactivatedAt: key.state === 'ACTIVE' ? now : key.deactivatedAt,
    destroyAt: null,
    destroyedAt: key.destroyedAt ?? now,
  };
}

/** Whether `moveKey` would do it, the times of a pending destruction aside. */
export function allowsMove(
  key: Pick<KeyLife, 'state' | 'destroyAt'>,
  action: KeyAction,
  policy: Pick<MovePolicy, 'rotateDeactivated'>,
): boolean {
  return destinationOf(action, situationOf(key), policy) !== null;
}

/** What an action leads to from a situation. */
export function destinationOf(action: KeyAction, from: KeySituation, policy: Pick<MovePolicy, 'rotateDeactivated'>): Destination {
  const cell = keyTransitions[action][from];
  if (cell === null || typeof cell === 'string') return cell;
  return policy[cell.onlyIf] ? cell.to : null;
}

/** The situations an action is allowed in. */
export function allowedFrom(action: KeyAction, policy: Pick<MovePolicy, 'rotateDeactivated'>): KeySituation[] {
  return keySituations.filter((situation) => destinationOf(action, situation, policy) !== null);
}

const stateOfSituation = {
  ...unmoved,
  DEACTIVATED_PENDING: 'DEACTIVATED',
  COMPROMISED_PENDING: 'COMPROMISED',
} as const satisfies Record<KeySituation, KeyState>;

function arrival(key: KeyLife, action: KeyAction, to: KeySituation, now: Timestamp, policy: MovePolicy): Partial<KeyLife> {
  const state = stateOfSituation[to];
  const deactivatedAt = state === 'ACTIVE' ? null : key.state === 'ACTIVE' && state === 'DEACTIVATED' ? now : key.deactivatedAt;
  const destroyAt =
    action === 'destroy' && state !== 'DESTROYED' ? destructionTime({ deactivatedAt }, now, policy) : keptDestroyAt(key, to);
  const isDestroyed = state === 'DESTROYED' || state === 'DESTROYED_COMPROMISED';
  return {
    state,
    deactivatedAt,
    destroyAt,
    activatedAt: state === 'ACTIVE' ? (key.activatedAt ?? now) : key.activatedAt,
    compromisedAt: action === 'compromise' ? now : key.compromisedAt,
    destroyedAt: isDestroyed ? (key.destroyedAt ?? now) : null,
    // Or else a date that has come would destroy the key again at once.
    destructionDate: action === 'cancelDestruction' && isReached(key.destructionDate, now) ? null : key.destructionDate,
  };
}

function isReached(date: PlainDate | null, now: Timestamp): boolean {
  return date !== null && date <= dayOf(now);
}

function keptDestroyAt(key: KeyLife, to: KeySituation): Timestamp | null {
  return to === 'DEACTIVATED_PENDING' || to === 'COMPROMISED_PENDING' ? key.destroyAt : null;
}

/** When a destruction asked for now ends: the wait since deactivation first, then the pending period. */
export function destructionTime(
  key: Pick<KeyLife, 'deactivatedAt'>,
  now: Timestamp,
  policy: Pick<MovePolicy, 'destroyWaitSeconds' | 'pendingSeconds'>,
): Timestamp {
  const start = key.deactivatedAt === null ? now : later(now, addSeconds(key.deactivatedAt, policy.destroyWaitSeconds));
  return addSeconds(start, policy.pendingSeconds);
}

/** The longest pending period among keystores; those that name none, and keys that are in none, take the default. */
export function longestPendingSeconds(
  keystores: readonly { readonly pendingDestructionSeconds: number | null }[],
  defaultSeconds: number,
): number {
  if (keystores.length === 0) return defaultSeconds;
  return Math.max(...keystores.map((keystore) => keystore.pendingDestructionSeconds ?? defaultSeconds));
}

function refusal(key: KeyLife, action: KeyAction, policy: MovePolicy): EstateError {
  const details = detailsOf(key, action, policy);
  if (action === 'cancelDestruction' || action === 'endDestruction') return new EstateError('NOT_PENDING_DESTRUCTION', details);
  const wouldDo = destinationOf(action, key.state, policy) !== null;
  return new EstateError(key.destroyAt !== null && wouldDo ? 'DESTRUCTION_PENDING' : 'KEY_STATE_FORBIDS', details);
}

function detailsOf(key: KeyLife, action: KeyAction, policy: MovePolicy) {
  return { action, state: key.state, allowedFrom: allowedFrom(action, policy) };
}

/**
 * The state of one version after the key has moved: it follows the key, except that earlier versions of an active key
 * stay deactivated where rotation deactivates them, and that what is compromised or destroyed never comes back.
 */
export function versionStateAfter(
  key: { readonly state: KeyState; readonly version: number; readonly deactivateOnRotation: boolean },
  version: { readonly version: number; readonly state: KeyState },
): KeyState {
  const isKeyDestroyed = key.state === 'DESTROYED' || key.state === 'DESTROYED_COMPROMISED';
  const wasCompromised = version.state === 'COMPROMISED' || version.state === 'DESTROYED_COMPROMISED' || key.state === 'COMPROMISED';
  if (version.state === 'DESTROYED' || version.state === 'DESTROYED_COMPROMISED' || isKeyDestroyed) {
    return wasCompromised || key.state === 'DESTROYED_COMPROMISED' ? 'DESTROYED_COMPROMISED' : 'DESTROYED';
  }
  if (wasCompromised) return 'COMPROMISED';
  const isEarlier = version.version < key.version;
  return key.state === 'ACTIVE' && isEarlier && key.deactivateOnRotation ? 'DEACTIVATED' : key.state;
}

const everyUse: readonly KeyUsage[] = ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE'];
/** Uses that work on what was protected before (NIST calls it processing). */
const processing: readonly KeyUsage[] = ['DECRYPT', 'UNWRAP', 'VERIFY'];
const usesByState: Readonly<Record<KeyState, readonly KeyUsage[]>> = {
  PRE_ACTIVATION: [],
  ACTIVE: everyUse,
  DEACTIVATED: processing,
  COMPROMISED: processing,
  DESTROYED: [],
  DESTROYED_COMPROMISED: [],
};

/** Uses that a state allows. Compromised keys may process only where the policy says so. */
export function usesAllowedIn(state: KeyState, policy: { readonly useCompromised: boolean }): readonly KeyUsage[] {
  return state === 'COMPROMISED' && !policy.useCompromised ? [] : usesByState[state];
}

/**
 * Refuses a use that the state of the key or of the version forbids. A key that waits for its destruction does nothing,
 * as in every cloud.
 * @throws EstateError KEY_STATE_FORBIDS, KEY_VERSION_STATE_FORBIDS or DESTRUCTION_PENDING
 */
export function refuseUse(
  key: Pick<KeyLife, 'state' | 'destroyAt'>,
  version: { readonly state: KeyState },
  usage: KeyUsage,
  policy: { readonly useCompromised: boolean },
): void {
  const allowedIn = keyStates.filter((state) => usesAllowedIn(state, policy).includes(usage));
  const details = { action: usage, state: key.state, allowedFrom: allowedIn };
  if (key.destroyAt !== null) throw new EstateError('DESTRUCTION_PENDING', details);
  if (!allowedIn.includes(key.state)) throw new EstateError('KEY_STATE_FORBIDS', details);
  if (!allowedIn.includes(version.state)) throw new EstateError('KEY_VERSION_STATE_FORBIDS', { ...details, versionState: version.state });
}
