import type { Id, Timestamp } from './entity.js';

/** A key as a keystore was seen to hold it, in words that fit every keystore type. */
export interface RemoteKey {
  readonly managedKeyId: Id;
  readonly remoteId: string;
  readonly name: string;
  readonly state: 'ACTIVE' | 'DEACTIVATED' | 'PENDING_DESTRUCTION' | 'DESTROYED';
  readonly pendingUntil: Timestamp | null;
  readonly versions: readonly RemoteKeyVersion[];
}

export interface RemoteKeyVersion {
  readonly remoteVersionId: string;
  /** The key version this is a copy of; `null` when it is not one of ours. */
  readonly version: number | null;
  readonly fingerprint: string;
  readonly state: 'ACTIVE' | 'DEACTIVATED' | 'DESTROYED';
  readonly isCurrent: boolean;
}
