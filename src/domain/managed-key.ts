import type { KeyAlgorithm } from './algorithms.js';
import type { Id, PlainDate, TextRule, Timestamp, Tracked } from './entity.js';
import type { KeyState } from './key-state.js';
import type { OwnSetting } from './own-settings.js';
import type { StatusInKeystore, SyncDetail, SyncFlag } from './sync-state.js';
import type { LifecyclePolicy, RotationPolicy, TemplateTarget } from './template.js';

export interface Tag {
  readonly name: string;
  readonly value: string;
}

/** A value that identifies key material without revealing it: `ENC-ZERO`, `SPKI-SHA-256` … */
export interface VerificationPattern {
  readonly method: string;
  readonly value: string;
}

export const keyOrigins = ['GENERATED', 'IMPORTED'] as const;
export type KeyOrigin = (typeof keyOrigins)[number];

/** One logical key: a name, a lifecycle, versions of material, and copies in every keystore of its targets. */
export interface ManagedKey extends Tracked {
  readonly vaultId: Id;
  readonly templateId: Id;
  /** Version of the template that the key follows; alignment compares it with the template's own. */
  readonly templateVersion: number;
  readonly label: string;
  readonly description: string;
  readonly state: KeyState;
  readonly algorithm: KeyAlgorithm;
  /** In bits or the curve's name: `256`, `2048`, `P-256`. */
  readonly size: string;
  readonly origin: KeyOrigin;
  /** Number of the current version; 1 is the first material. */
  readonly version: number;
  readonly activationDate: PlainDate | null;
  readonly expirationDate: PlainDate | null;
  /** Day on which the key is destroyed when `lifecyclePolicy.destroyOnDate` says so. */
  readonly destructionDate: PlainDate | null;
  readonly tags: readonly Tag[];
  /** The placeholders of the naming scheme and what they became. */
  readonly labelTags: readonly Tag[];
  /** Copied from the template when the key was made or aligned (UKO's `instances[]`). */
  readonly targets: readonly TemplateTarget[];
  readonly deactivateOnRotation: boolean;
  readonly rotationPolicy: RotationPolicy | null;
  readonly lifecyclePolicy: LifecyclePolicy;
  /** Which of the three above were set on the key itself; the others follow the template when the key is aligned. */
  readonly ownSettings: readonly OwnSetting[];
  readonly rotatedAt: Timestamp | null;
  /** When the current version came so near its limit of encryptions that the schedule rotates the key, whatever its policy. */
  readonly rotationForcedAt: Timestamp | null;
  readonly nextRotationAt: Timestamp | null;
  readonly activatedAt: Timestamp | null;
  readonly deactivatedAt: Timestamp | null;
  readonly compromisedAt: Timestamp | null;
  /** End of the pending period; `null` when no destruction is scheduled. */
  readonly destroyAt: Timestamp | null;
  readonly destroyedAt: Timestamp | null;
}

/** One generation of key material. */
export interface KeyVersion extends Tracked {
  readonly managedKeyId: Id;
  readonly vaultId: Id;
  /** Counts from 1. */
  readonly version: number;
  readonly state: KeyState;
  /** The key blob; `null` once destroyed, or before imported material has come. */
  readonly blobId: Id | null;
  /** DER SubjectPublicKeyInfo of asymmetric keys. */
  readonly publicKey: Uint8Array | null;
  readonly verificationPatterns: readonly VerificationPattern[];
  /** Observation. AES-GCM encryptions made, and those set aside for the running server: never fewer than were made. */
  readonly encryptionsCounted: number;
}

export const instanceStates = ['ABSENT', 'ACTIVE', 'DEACTIVATED', 'DESTROYED'] as const;
/** What a key instance is wanted to be in its keystore. */
export type InstanceState = (typeof instanceStates)[number];

/** A managed key in one keystore: what is wanted there, what was seen there, and what happens next. */
export interface KeyInstance extends Tracked {
  readonly managedKeyId: Id;
  readonly keystoreId: Id;
  readonly vaultId: Id;
  /** Target of the key that asks for this instance; `null` once the keystore left the distribution. */
  readonly targetId: Id | null;
  readonly desiredState: InstanceState;
  /** Name in the keystore. */
  readonly name: string;

  /** Observations: they change without a revision. */
  readonly remoteId: string | null;
  readonly status: StatusInKeystore;
  readonly syncFlag: SyncFlag;
  readonly syncDetail: SyncDetail;
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string } | null;
  readonly attempts: number;
  /** When the reconciler looks again; `null` when desired and observed agree. */
  readonly nextAttemptAt: Timestamp | null;
  readonly verifiedAt: Timestamp | null;
  /** End of the pending destruction in the keystore. */
  readonly pendingUntil: Timestamp | null;
}

/** A key version inside a key instance. */
export interface InstanceVersion extends Tracked {
  readonly keyInstanceId: Id;
  readonly keyVersionId: Id;
  readonly version: number;
  readonly remoteVersionId: string | null;
  readonly fingerprint: string | null;
  readonly state: InstanceState;
}

/** A one-time key of the HSM that wraps material on its way in. */
export interface ImportKey extends Tracked {
  readonly vaultId: Id;
  readonly managedKeyId: Id;
  readonly blobId: Id;
  readonly publicKey: Uint8Array;
  readonly expiresAt: Timestamp;
  readonly usedAt: Timestamp | null;
  /** Where the key goes when its first material has come. */
  readonly initialState: 'PRE_ACTIVATION' | 'ACTIVE';
}

/** API-wide label; the name rules of the target keystore types come on top. */
export const labelRule: TextRule = {
  min: 1,
  max: 255,
  pattern: /^[A-Za-z0-9._ /-]+$/,
  form: 'letters, digits, spaces and ._/-',
};
export const tagNameRule: TextRule = { min: 1, max: 254, pattern: /^[A-Za-z0-9 _-]+$/, form: 'letters, digits, spaces, _ and -' };
export const tagValueRule: TextRule = { min: 0, max: 8192, pattern: /^(\w|\s)*$/, form: 'letters, digits, _ and white space' };
export const maxTags = 128;
