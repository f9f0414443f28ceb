import type { JsonObject } from '../../domain/entity.js';
import type { InstanceVersion, KeyInstance } from '../../domain/managed-key.js';
import type { RemoteKey, RemoteKeyVersion } from '../../domain/remote-key.js';

/** What changed in a keystore since it was last looked at. */
export interface SeenChange {
  readonly verb: 'install' | 'rotate' | 'activate' | 'deactivate' | 'schedule-destruction' | 'cancel-destruction' | 'destroy';
  readonly details: JsonObject;
}

/** What the record says that the keystore held when it was last looked at. */
export interface Recorded {
  readonly instance: Pick<KeyInstance, 'pendingUntil'>;
  readonly recordedVersions: readonly Pick<InstanceVersion, 'version' | 'state' | 'fingerprint'>[];
}

/**
 * The difference between the last look and this one. It is what the audit log tells, in the transaction that records
 * the look: so a step whose reply was lost, or that a crash followed, is told once, and one without effect never.
 */
export function seenChanges(recorded: Recorded, seen: RemoteKey | null): readonly SeenChange[] {
  const before = recorded.recordedVersions.filter(({ state }) => state === 'ACTIVE' || state === 'DEACTIVATED');
  if (seen === null || seen.state === 'DESTROYED') return before.length > 0 ? [change('destroy')] : [];
  return [...versionChanges(before, seen), ...keyChanges(before, seen), ...pendingChanges(recorded, seen)];
}

/** A version's state as it works: one of a deactivated key is deactivated, whatever its own state. */
export function effectiveState(seen: RemoteKey, version: RemoteKeyVersion): RemoteKeyVersion['state'] {
  return version.state === 'ACTIVE' && seen.state !== 'ACTIVE' ? 'DEACTIVATED' : version.state;
}

type Before = Recorded['recordedVersions'];

function versionChanges(before: Before, seen: RemoteKey): SeenChange[] {
  const known = new Map(before.map((version) => [version.version, version]));
  const staysActive = seen.state === 'ACTIVE' && isActive(before);
  let isFirst = before.length === 0;
  return seen.versions.flatMap(({ version, state, fingerprint }): SeenChange[] => {
    if (version === null || state === 'DESTROYED') return [];
    const earlier = known.get(version);
    if (!earlier || earlier.fingerprint !== fingerprint) {
      const verb = isFirst ? 'install' : 'rotate';
      isFirst = false;
      return [change(verb, { version, fingerprint })];
    }
    return staysActive && earlier.state !== state ? [change(state === 'ACTIVE' ? 'activate' : 'deactivate', { version })] : [];
  });
}

function keyChanges(before: Before, seen: RemoteKey): SeenChange[] {
  if (before.length === 0) return [];
  if (isActive(before) && seen.state !== 'ACTIVE') return [change('deactivate')];
  return !isActive(before) && seen.state === 'ACTIVE' ? [change('activate')] : [];
}

function pendingChanges({ instance }: Recorded, seen: RemoteKey): SeenChange[] {
  const isPending = seen.state === 'PENDING_DESTRUCTION';
  if (isPending && instance.pendingUntil !== seen.pendingUntil) return [change('schedule-destruction', { until: seen.pendingUntil })];
  return !isPending && instance.pendingUntil !== null ? [change('cancel-destruction')] : [];
}

function isActive(before: Before): boolean {
  return before.some(({ state }) => state === 'ACTIVE');
}

function change(verb: SeenChange['verb'], details: JsonObject = {}): SeenChange {
  return { verb, details };
}
