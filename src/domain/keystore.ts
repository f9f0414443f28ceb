import type { KeyAlgorithm } from './algorithms.js';
import type { Id, JsonObject, TextRule, Timestamp, Tracked } from './entity.js';
import type { HolderState } from './vault.js';

export const healthStatuses = ['OK', 'NOT_RESPONDING', 'CONFIGURATION_ERROR', 'PENDING_CHECK'] as const;
export type HealthStatus = (typeof healthStatuses)[number];

/** A place that holds copies of managed keys: a cloud's key service, or an internal ring. */
export interface Keystore extends Tracked {
  readonly vaultId: Id;
  /** A type of the registry, for example `internal`. */
  readonly type: string;
  readonly name: string;
  readonly description: string;
  /** Targets of templates find keystores by group. Without any given, the keystore's own name is its group. */
  readonly groups: readonly string[];
  readonly tlsProxy: string | null;
  readonly location: string;
  /** The descriptor's fields that are not secret. */
  readonly connection: JsonObject;
  /** The descriptor's secret fields as JSON, encrypted by the HSM; `null` where the type has none. */
  readonly sealedSecrets: Uint8Array | null;
  /** Seconds a key stays recoverable here after its destruction was asked for; `null` takes the server's default. */
  readonly pendingDestructionSeconds: number | null;
  readonly state: HolderState;

  /** Observations: they change without a revision. */
  readonly healthStatus: HealthStatus;
  readonly healthMessage: string;
  readonly lastHeartbeatAt: Timestamp | null;
}

/** One connection field or target attribute of a keystore type. */
export interface FieldDescriptor {
  readonly name: string;
  readonly title: string;
  readonly type: 'STRING' | 'INTEGER' | 'BOOLEAN' | 'ENUM' | 'ENUM_LIST';
  readonly required: boolean;
  /** Write-only: stored encrypted by the HSM, never returned. */
  readonly secret: boolean;
  /** Whether it may change after the keystore was connected. */
  readonly mutable: boolean;
  readonly values?: readonly string[];
  readonly rule?: TextRule;
  readonly description: string;
}

/** An algorithm and the sizes of it that a keystore type can hold. */
export interface SupportedAlgorithm {
  readonly algorithm: KeyAlgorithm;
  readonly sizes: readonly string[];
}

/** All that the rest of kyok, its clients and its documentation know about a keystore type. */
export interface KeystoreTypeDescriptor {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly fields: readonly FieldDescriptor[];
  /** Attributes that a template target of this type may carry. */
  readonly targetAttributes: readonly FieldDescriptor[];
  readonly algorithms: readonly SupportedAlgorithm[];
  /** The rule for key names inside such a keystore. */
  readonly keyNameRule: TextRule;
  readonly capabilities: {
    readonly rename: boolean;
    readonly cancelDestruction: boolean;
    readonly deactivatedDecrypts: boolean;
    /** Whether rotation makes the older versions decrypt-only by itself. */
    readonly rotationDeactivatesOlder: boolean;
    readonly holdsKeysForUse: boolean;
    /** Whether keys there are destroyed without a pending period of the keystore itself. */
    readonly destroysAtOnce: boolean;
  };
  /** What "deactivated" truly means there. */
  readonly deactivatedMeans: string;
}

export const keystoreNameRule: TextRule = {
  min: 1,
  max: 100,
  pattern: /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/,
  form: 'letters, digits, spaces and ._-, starting with a letter or digit',
};
export const groupRule: TextRule = {
  min: 1,
  max: 200,
  pattern: /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/,
  form: 'letters, digits, spaces and ._-, starting with a letter or digit',
};
export const maxGroups = 128;

export const keystoreDeleteModes = ['RESTRICT', 'DISCONNECT', 'DEACTIVATE', 'DESTROY'] as const;
/** What happens to the keys of a keystore that is deleted; `RESTRICT` refuses while any is installed. */
export type KeystoreDeleteMode = (typeof keystoreDeleteModes)[number];
