/** The built-in key management service: rings of root and standard keys, as Key Protect's API knows them. */
import type { Id, Timestamp, Tracked } from './entity.js';

export const kmsKeyStates = ['PRE_ACTIVATION', 'ACTIVE', 'SUSPENDED', 'DEACTIVATED', 'DESTROYED'] as const;
/** Key Protect's states 0, 1, 2, 3 and 5. */
export type KmsKeyState = (typeof kmsKeyStates)[number];

export const kmsKeyKinds = ['ROOT', 'STANDARD'] as const;
export type KmsKeyKind = (typeof kmsKeyKinds)[number];

export interface KeyRing extends Tracked {
  readonly name: string;
  /** The internal keystore this ring stands behind; `null` for rings made through the service itself. */
  readonly keystoreId: Id | null;
  readonly vaultId: Id | null;
}

export interface KmsKey extends Tracked {
  readonly ringId: Id;
  readonly vaultId: Id | null;
  readonly kind: KmsKeyKind;
  readonly name: string;
  readonly description: string;
  readonly state: KmsKeyState;
  readonly extractable: boolean;
  /** The managed key that owns this key's lifecycle; `null` when the service itself does. */
  readonly managedKeyId: Id | null;
  readonly pendingUntil: Timestamp | null;
}

export interface KmsKeyVersion extends Tracked {
  readonly kmsKeyId: Id;
  /** Counts from 1. */
  readonly version: number;
  readonly state: KmsKeyState;
  /** The material: the managed key version's blob where the orchestrator owns the key. */
  readonly blobId: Id | null;
  readonly keyVersionId: Id | null;
  readonly fingerprint: string;
}
