/**
 * The reconciler's mind: the one next step that brings a key in a keystore closer to what is wanted. The caller looks
 * again after every step, so that a step whose reply was lost is seen for what it did.
 */
import type { Timestamp } from './entity.js';
import type { InstanceState } from './managed-key.js';
import type { RemoteKey } from './remote-key.js';
import { heldVersion, type WantedVersion } from './sync-state.js';

/** A key instance as it is wanted. */
export interface WantedInstance {
  /** `ABSENT`: never installed so far, and not to be. */
  readonly state: InstanceState;
  readonly name: string;
  /** Versions that have material, ascending: the last one is to be current and is `ACTIVE`. */
  readonly versions: readonly WantedVersion[];
  /** End of the key's pending period while its destruction is pending; else `null`. */
  readonly destroyAt: Timestamp | null;
}

/** What of a keystore type's capabilities decides on steps. */
export interface StepCapabilities {
  readonly rename: boolean;
  readonly cancelDestruction: boolean;
  /** `false`: `destroy` only starts the pending period. */
  readonly destroysAtOnce?: boolean;
}

/**
 * One step. `wait`: the keystore's own pending period must end. `blocked`: a person must act, and nothing is touched:
 * `WRONG_KEY`, a copy has other material than ours; `CANNOT_CANCEL`, the keystore does not take back a destruction;
 * `PRESENT_UNASKED`, the keystore holds a key that we never installed (an older database was restored, perhaps).
 */
export type ReconcileStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'install'; readonly version: number }
  | { readonly kind: 'setState'; readonly state: 'ACTIVE' | 'DEACTIVATED' }
  | { readonly kind: 'setVersionState'; readonly version: number; readonly state: 'ACTIVE' | 'DEACTIVATED' }
  | { readonly kind: 'rename'; readonly name: string }
  | { readonly kind: 'scheduleDestruction'; readonly until: Timestamp }
  | { readonly kind: 'cancelDestruction' }
  | { readonly kind: 'destroy' }
  | { readonly kind: 'wait'; readonly until: Timestamp | null }
  | { readonly kind: 'blocked'; readonly reason: 'WRONG_KEY' | 'CANNOT_CANCEL' | 'PRESENT_UNASKED' };

const none: ReconcileStep = { kind: 'none' };

/** The next step, or `none` when what is wanted and what was seen agree. */
export function nextStep(wanted: WantedInstance, remote: RemoteKey | null, capabilities: StepCapabilities): ReconcileStep {
  const present = remote?.state === 'DESTROYED' ? null : remote;
  return steppers[wanted.state](wanted, present, capabilities);
}

type Stepper = (wanted: WantedInstance, present: RemoteKey | null, capabilities: StepCapabilities) => ReconcileStep;

const steppers: Readonly<Record<InstanceState, Stepper>> = {
  ABSENT: (_, present) => (present ? { kind: 'blocked', reason: 'PRESENT_UNASKED' } : none),
  ACTIVE: (wanted, present, capabilities) => {
    if (!present) return firstInstall(wanted);
    return (
      wrongKey(wanted, present) ??
      cancel(present, capabilities) ??
      activation(wanted, present) ??
      missingVersion(wanted, present) ??
      otherVersionState(wanted, present) ??
      otherName(wanted, present, capabilities) ??
      none
    );
  },
  DEACTIVATED: (wanted, present, capabilities) => {
    if (!present) return none;
    if (wanted.destroyAt !== null && present.state === 'PENDING_DESTRUCTION') return none;
    return (
      cancel(present, capabilities) ??
      (present.state === 'ACTIVE' ? ({ kind: 'setState', state: 'DEACTIVATED' } as const) : undefined) ??
      (wanted.destroyAt !== null ? ({ kind: 'scheduleDestruction', until: wanted.destroyAt } as const) : undefined) ??
      otherName(wanted, present, capabilities) ??
      none
    );
  },
  DESTROYED: (_, present, capabilities) => {
    if (!present) return none;
    const hasToWait = capabilities.destroysAtOnce === false && present.state === 'PENDING_DESTRUCTION';
    return hasToWait ? { kind: 'wait', until: present.pendingUntil } : { kind: 'destroy' };
  },
};

function firstInstall({ versions }: WantedInstance): ReconcileStep {
  const [first] = versions;
  return first ? { kind: 'install', version: first.version } : none;
}

function wrongKey({ versions }: WantedInstance, present: RemoteKey): ReconcileStep | undefined {
  const isOther = versions.some(({ version, fingerprint }) => {
    const held = heldVersion(present, version);
    return held !== undefined && held.fingerprint !== fingerprint;
  });
  return isOther ? { kind: 'blocked', reason: 'WRONG_KEY' } : undefined;
}

function cancel(present: RemoteKey, capabilities: StepCapabilities): ReconcileStep | undefined {
  if (present.state !== 'PENDING_DESTRUCTION') return undefined;
  return capabilities.cancelDestruction ? { kind: 'cancelDestruction' } : { kind: 'blocked', reason: 'CANNOT_CANCEL' };
}

/** A key without any of our material has nothing to activate: the install does it. */
function activation({ versions }: WantedInstance, present: RemoteKey): ReconcileStep | undefined {
  const holdsAny = versions.some(({ version }) => heldVersion(present, version) !== undefined);
  return present.state !== 'ACTIVE' && holdsAny ? { kind: 'setState', state: 'ACTIVE' } : undefined;
}

/**
 * Versions go in from the oldest on, since each becomes the current one. A last version that is there but not current
 * is installed again: the keystore has the material and only makes it current.
 */
function missingVersion({ versions }: WantedInstance, present: RemoteKey): ReconcileStep | undefined {
  const missing = versions.find(({ version }) => heldVersion(present, version) === undefined);
  const current = versions.at(-1);
  if (missing) return { kind: 'install', version: missing.version };
  return current && heldVersion(present, current.version)?.isCurrent !== true ? { kind: 'install', version: current.version } : undefined;
}

/** From the newest on, so that a version is active before earlier ones cease to be. */
function otherVersionState({ versions }: WantedInstance, present: RemoteKey): ReconcileStep | undefined {
  const other = versions.findLast(({ version, state }) => heldVersion(present, version)?.state !== state);
  return other ? { kind: 'setVersionState', version: other.version, state: other.state } : undefined;
}

function otherName({ name }: WantedInstance, present: RemoteKey, capabilities: StepCapabilities): ReconcileStep | undefined {
  return capabilities.rename && present.name !== name ? { kind: 'rename', name } : undefined;
}
