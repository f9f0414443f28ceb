import { algorithmDescriptor } from '../../domain/algorithms.js';
import type { KeyVersion, ManagedKey } from '../../domain/managed-key.js';
import type { WantedInstance } from '../../domain/reconcile-step.js';
import type { SyncFacts, WantedVersion } from '../../domain/sync-state.js';
import type { Subject } from './subject.js';

/** What identifies a version's material: lower-case hex of the check value or of the public key's hash; empty without material. */
export function fingerprintOf({ algorithm }: Pick<ManagedKey, 'algorithm'>, { verificationPatterns }: KeyVersion): string {
  const { checkMethod } = algorithmDescriptor(algorithm);
  const pattern = verificationPatterns.find(({ method }) => method === checkMethod) ?? verificationPatterns[0];
  return pattern?.value.toLowerCase() ?? '';
}

/** The instance as the domain's rules want it. */
export function wantedInstance(subject: Subject): WantedInstance {
  const { instance, managedKey } = subject;
  return { state: instance.desiredState, name: instance.name, versions: wantedVersions(subject), destroyAt: managedKey.destroyAt };
}

/** What the domain compares to say how a key stands in a keystore. */
export function syncFacts(subject: Subject, remote: SyncFacts['remote']): SyncFacts {
  return {
    keyState: subject.managedKey.state,
    isRemoved: subject.instance.targetId === null,
    versions: wantedVersions(subject),
    remote,
  };
}

/** Versions that have, or had, material. The last one is current and active wherever the key is. */
function wantedVersions({ managedKey, versions }: Subject): readonly WantedVersion[] {
  const withMaterial = versions.filter(({ verificationPatterns }) => verificationPatterns.length > 0);
  return withMaterial.map((version, index) => ({
    version: version.version,
    fingerprint: fingerprintOf(managedKey, version),
    state: index === withMaterial.length - 1 || version.state === 'ACTIVE' ? 'ACTIVE' : 'DEACTIVATED',
  }));
}
