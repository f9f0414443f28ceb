import type { KmsKey, KmsKeyState, KmsKeyVersion } from '../../domain/kms.js';
import type { RemoteKey, RemoteKeyVersion } from '../../domain/remote-key.js';

/** A root key of the service in the words that fit every keystore type. */
export function remoteKeyOf(key: KmsKey & { readonly managedKeyId: string }, versions: readonly KmsKeyVersion[]): RemoteKey {
  const newest = Math.max(0, ...versions.map(({ version }) => version));
  return {
    managedKeyId: key.managedKeyId,
    remoteId: key.id,
    name: key.name,
    state: key.state !== 'DESTROYED' && key.pendingUntil !== null ? 'PENDING_DESTRUCTION' : seenAs[key.state],
    pendingUntil: key.pendingUntil,
    versions: versions.map((version) => remoteVersionOf(version, newest)),
  };
}

/** Who suspends a key stops its use; to the orchestrator that is a deactivated key. */
const seenAs = {
  PRE_ACTIVATION: 'DEACTIVATED',
  ACTIVE: 'ACTIVE',
  SUSPENDED: 'DEACTIVATED',
  DEACTIVATED: 'DEACTIVATED',
  DESTROYED: 'DESTROYED',
} as const satisfies Record<KmsKeyState, RemoteKey['state']>;

function remoteVersionOf(version: KmsKeyVersion, newest: number): RemoteKeyVersion {
  return {
    remoteVersionId: version.id,
    version: version.version,
    fingerprint: version.fingerprint,
    state: seenAs[version.state],
    isCurrent: version.version === newest,
  };
}
