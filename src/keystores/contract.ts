/**
 * What every keystore type must do. The reconciler is the only caller: it looks, decides with pure functions, and asks
 * for one step at a time. A step may be lost or repeated; `inspect` tells what truly is.
 *
 * Failures are EstateError KEYSTORE_UNREACHABLE (try again), KEYSTORE_REFUSED (a person must act),
 * RATE_LIMITED (`details.retryAfterSeconds`) or CAPABILITY_MISSING.
 */
import type { ExportScheme, KeySpec } from '../domain/algorithms.js';
import type { Id, JsonObject, Timestamp } from '../domain/entity.js';
import type { BlobContext } from '../domain/key-blob.js';
import type { Keystore, KeystoreTypeDescriptor } from '../domain/keystore.js';
import type { RemoteKey } from '../domain/remote-key.js';

/** The managed key as a keystore needs to know it. */
export interface KeyToPlace {
  readonly managedKeyId: Id;
  readonly keystoreId: Id;
  readonly vaultId: Id;
  readonly name: string;
  readonly description: string;
  readonly spec: KeySpec;
  readonly attributes: JsonObject;
  /** What the keystore called it when it was installed; `null` before that. */
  readonly remoteId: string | null;
}

/** One version's material: never clear, only as a blob, a public key, or wrapped for the keystore. */
export interface VersionToPlace {
  readonly keyVersionId: Id;
  readonly version: number;
  readonly blobId: Id;
  readonly context: BlobContext;
  /** Identifies the material: hex of the check value or of the public key's hash. */
  readonly fingerprint: string;
  readonly publicKey: Uint8Array | null;
  exportFor(scheme: ExportScheme, publicKey: Uint8Array): Promise<Uint8Array>;
}

/** A connection to one keystore. Every step is idempotent: a repeat after a lost reply changes nothing more. */
export interface KeystoreConnection {
  /** Proves that the credentials work; says what it found. */
  test(): Promise<{ readonly message: string; readonly location: string }>;
  /** The key as the keystore holds it now, found by remote id or by ownership marker; `null` when absent. */
  inspect(key: KeyToPlace): Promise<RemoteKey | null>;
  /** Adds a version (and the key itself with the first one) and makes it the current one, active. */
  install(key: KeyToPlace, version: VersionToPlace): Promise<void>;
  setVersionState(key: KeyToPlace, version: number, state: 'ACTIVE' | 'DEACTIVATED'): Promise<void>;
  setState(key: KeyToPlace, state: 'ACTIVE' | 'DEACTIVATED'): Promise<void>;
  rename(key: KeyToPlace, name: string): Promise<void>;
  /** Starts the keystore's own pending period where it has one, which must end no later than `until` if it can be chosen. */
  scheduleDestruction(key: KeyToPlace, until: Timestamp): Promise<void>;
  cancelDestruction(key: KeyToPlace): Promise<void>;
  /** Ends it now, where the keystore allows that; else the pending period's own end does it. */
  destroy(key: KeyToPlace): Promise<void>;
  /** All keys that carry this server's ownership marker. */
  list(): AsyncIterable<RemoteKey>;
  close(): Promise<void>;
}

/** A keystore type: what it is, and how to connect to one. */
export interface KeystoreDriver {
  readonly descriptor: KeystoreTypeDescriptor;
  /** The secrets are the descriptor's secret fields in clear; they must not be kept beyond the connection. */
  connect(keystore: Keystore, secrets: Readonly<Record<string, string>>): Promise<KeystoreConnection>;
}

/**
 * The built-in key management service as the internal keystore sees it; `main` hands the service in.
 * A ring per keystore, a root key per managed key, each key version sharing the managed key version's blob.
 */
export interface KeyManagementPort {
  ensureRing(keystore: Keystore): Promise<void>;
  inspectManagedKey(keystoreId: Id, managedKeyId: Id): Promise<RemoteKey | null>;
  installVersion(key: KeyToPlace, version: VersionToPlace): Promise<void>;
  setVersionState(keystoreId: Id, managedKeyId: Id, version: number, state: 'ACTIVE' | 'DEACTIVATED'): Promise<void>;
  setState(keystoreId: Id, managedKeyId: Id, state: 'ACTIVE' | 'DEACTIVATED'): Promise<void>;
  rename(keystoreId: Id, managedKeyId: Id, name: string): Promise<void>;
  scheduleDestruction(keystoreId: Id, managedKeyId: Id, until: Timestamp): Promise<void>;
  cancelDestruction(keystoreId: Id, managedKeyId: Id): Promise<void>;
  destroy(keystoreId: Id, managedKeyId: Id): Promise<void>;
  listManagedKeys(keystoreId: Id): AsyncIterable<RemoteKey>;
}
