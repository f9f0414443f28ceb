import type { EncryptionLimit } from '../domain/encryption-limit.js';
import type { Id, Timestamp } from '../domain/entity.js';
import type { KeystoreTypeDescriptor } from '../domain/keystore.js';
import type { Hsm } from '../hsm/contract.js';
import type { KeystoreDriver } from '../keystores/contract.js';
import type { Store } from '../store/contract.js';
import type { AuditDelivery } from './audit/delivery/audit-delivery.js';
import type { BackupStorage } from './backup/storage.js';
import type { Measurements } from './metrics/measurements.js';
import type { Timers } from './timers.js';

/** Waits and limits that the operator sets; the production profile has UKO's values, development has none. */
export interface Policy {
  /** Seconds between the deactivation of a key and the start of its pending period (UKO: 4 hours). */
  readonly destroyWaitSeconds: number;
  /** Least seconds between two rotations of one key asked for by people (UKO: 1 hour). */
  readonly rotationWaitSeconds: number;
  /** Pending period before destruction where a keystore names none. */
  readonly pendingDestructionSeconds: number;
  /** Whether deactivated keys may be rotated. */
  readonly rotateDeactivated: boolean;
  /** Whether material of a compromised key may still decrypt, unwrap and verify. */
  readonly useCompromised: boolean;
  /** Life of an import key. */
  readonly importKeySeconds: number;
  /** How many AES-GCM encryptions one key version may do. */
  readonly encryptionLimit: EncryptionLimit;
  /** Longest list of items in one cryptographic call. */
  readonly maxItems: number;
}

/** Structured log; values under secret names are redacted by the writer. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The keystore types of this server. */
export interface KeystoreTypes {
  readonly descriptors: readonly KeystoreTypeDescriptor[];
  /** @throws EstateError KEYSTORE_TYPE_UNKNOWN */
  driver(type: string): KeystoreDriver;
}

/** The certificate that the listener shows. */
export interface ListenerCertificate {
  readonly subject: string;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly expiresAt: Timestamp;
}

/** What operations stand on: the contracts below them, the clock and the policy. Made once, by `main`. */
export interface Estate {
  /** This server's own id: names the audit log's origin and scopes INSTANCE bindings. */
  readonly instanceId: Id;
  /** kyok's own version, of package.json. */
  readonly version: string;
  readonly profile: 'development' | 'production';
  readonly store: Store;
  readonly hsm: Hsm;
  readonly keystoreTypes: KeystoreTypes;
  readonly policy: Policy;
  /** Absent where backups have no recipient. */
  readonly backups?: BackupStorage;
  readonly log: Log;
  /** Where what happens is counted. */
  readonly measurements: Measurements;
  /** How far the audit log has come beside the database. */
  readonly delivery: AuditDelivery;
  /** As it is now; `null` where the listener has none. */
  listenerCertificate(): ListenerCertificate | null;
  /** Keyed hash for API keys and secret references; its key lies outside HSM and database, so that a sealed server still authenticates. */
  keyedHash(secret: Uint8Array): string;
  now(): Timestamp;
  readonly timers: Timers;
  newId(): Id;
}
