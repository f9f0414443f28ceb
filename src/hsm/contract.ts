/**
 * What every HSM must do, in the shape of EP11: keys go in and out as blobs that only the master key opens, and the
 * HSM stores none of them. Nothing outside an implementation ever sees clear key material.
 *
 * Every call may throw EstateError HSM_SEALED, HSM_UNAVAILABLE, BLOB_REFUSED, MASTER_KEY_MISMATCH, USAGE_FORBIDDEN,
 * MECHANISM_UNSUPPORTED, HSM_CAPABILITY_MISSING, CIPHERTEXT_INVALID or CRYPTO_FAILED; every call with a context or a blob of a destroyed key
 * throws KEY_DESTROYED.
 */
import type { ExportScheme, KeySpec, KeyUsage, Mechanism, Purpose } from '../domain/algorithms.js';
import type { BlobContext } from '../domain/key-blob.js';

export interface KeyAttributes {
  readonly usages: readonly KeyUsage[];
  /** Whether the key may leave wrapped by a foreign public key (to a cloud) or by another key of this HSM. */
  readonly extractable: boolean;
}

/** A new key as the caller gets it. */
export interface NewKey {
  readonly blob: Uint8Array;
  /** 16 bytes: truncated verification pattern of the master key that wraps it. */
  readonly masterKeyId: Uint8Array;
  /** DER SubjectPublicKeyInfo, for asymmetric keys. */
  readonly publicKey: Uint8Array | null;
  /** Symmetric: first 3 bytes of the key's check (AES: ECB of a zero block; HMAC: of HMAC over nothing). Asymmetric: SHA-256 of the SPKI. */
  readonly checkValue: Uint8Array;
  readonly spec: KeySpec;
}

/** A key to use: its blob, and the context it was bound to (`null` when bound to none). */
export interface KeyRef {
  readonly blob: Uint8Array;
  readonly context: BlobContext | null;
}

export interface CipherItem {
  readonly data: Uint8Array;
  /** Additional authenticated data, for AES_GCM only. */
  readonly aad?: Uint8Array;
}

export interface VerifyItem {
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
}

/** One result per item, in order; a failed item does not fail the others. */
export type ItemResult =
  | { readonly ok: true; readonly data: Uint8Array }
  | { readonly ok: false; readonly code: 'CIPHERTEXT_INVALID' | 'CRYPTO_FAILED' };

/** States of the two master key registers. */
export interface MasterKeyRegisters {
  readonly current: { readonly state: 'EMPTY' | 'VALID'; readonly verificationPattern: Uint8Array | null };
  readonly new: {
    readonly state: 'EMPTY' | 'FULL_UNCOMMITTED' | 'FULL_COMMITTED';
    readonly verificationPattern: Uint8Array | null;
    readonly partsLoaded: number;
    readonly partsTotal: number;
  };
}

export interface HsmStatus {
  readonly sealed: boolean;
  /** Whether an instance was ever initialised in this data folder. */
  readonly initialised: boolean;
  readonly implementation: string;
  readonly units: readonly {
    readonly number: number;
    readonly running: boolean;
    readonly sealed: boolean;
    readonly restarts: number;
    readonly processId: number | null;
  }[];
  readonly registers: MasterKeyRegisters;
  /** Verification pattern of the key that the sealed state expects, also while sealed; `null` before the first initialisation. */
  readonly expectedVerificationPattern: Uint8Array | null;
}

/** What keys of one spec can be used for. */
export interface KeyCapability extends KeySpec {
  readonly uses: readonly { readonly mechanism: Mechanism; readonly purposes: readonly Purpose[] }[];
  /** Whether material that was wrapped elsewhere can become such a key. */
  readonly isImportable: boolean;
  /** Whether such a key can leave wrapped. */
  readonly isExtractable: boolean;
}

/** What an HSM can do at all; what is not here is refused before anything is made. */
export interface HsmCapabilities {
  /** The master key comes in parts, by a ceremony, and can be put in place of another; else the HSM makes it itself. */
  readonly ceremony: boolean;
  /** Blobs can move to a new master key. */
  readonly reencipher: boolean;
  readonly keys: readonly KeyCapability[];
  readonly exportSchemes: readonly ExportScheme[];
}

/** Key use: what operations call. */
export interface Hsm {
  generateRandom(length: number): Promise<Uint8Array>;
  digest(hash: 'SHA-256' | 'SHA-384' | 'SHA-512', data: Uint8Array): Promise<Uint8Array>;

  generateKey(spec: KeySpec, attributes: KeyAttributes, context: BlobContext | null): Promise<NewKey>;
  encrypt(key: KeyRef, mechanism: Mechanism, items: readonly CipherItem[]): Promise<readonly ItemResult[]>;
  decrypt(key: KeyRef, mechanism: Mechanism, items: readonly CipherItem[]): Promise<readonly ItemResult[]>;
  /** Signatures and MACs; ECDSA signatures are raw r || s. */
  sign(key: KeyRef, mechanism: Mechanism, items: readonly Uint8Array[]): Promise<readonly ItemResult[]>;
  /** True per item that verifies; comparisons take constant time. */
  verify(key: KeyRef, mechanism: Mechanism, items: readonly VerifyItem[]): Promise<readonly boolean[]>;
  /** ECDH with a peer's SubjectPublicKeyInfo; the shared secret goes through HKDF-SHA-256 into a key of `spec`. */
  deriveKey(
    key: KeyRef,
    peerPublicKey: Uint8Array,
    info: Uint8Array,
    spec: KeySpec,
    attributes: KeyAttributes,
    context: BlobContext | null,
  ): Promise<NewKey>;

  /** The target wrapped by a symmetric key of this HSM (AES_KW, AES_KWP); the target must be extractable. */
  wrapKey(wrappingKey: KeyRef, target: KeyRef, mechanism: Mechanism): Promise<Uint8Array>;
  /**
   * Wrapped material becomes a key of this HSM. With an RSA unwrapping key the mechanism is RSA_OAEP_SHA256,
   * RSA_AES_KWP_SHA256 …; with an AES key AES_KW or AES_KWP. Private keys are PKCS#8 DER, secrets raw.
   */
  unwrapKey(
    unwrappingKey: KeyRef,
    wrapped: Uint8Array,
    mechanism: Mechanism,
    spec: KeySpec,
    attributes: KeyAttributes,
    context: BlobContext | null,
  ): Promise<NewKey>;
  /** The target wrapped for a foreign RSA public key, by the recipe of a cloud's import (private keys as PKCS#8 DER, secrets raw). */
  exportKey(target: KeyRef, scheme: ExportScheme, publicKey: Uint8Array): Promise<Uint8Array>;

  /** Attributes and check value of a blob that opens. */
  inspect(key: KeyRef): Promise<{
    readonly spec: KeySpec;
    readonly attributes: KeyAttributes;
    readonly checkValue: Uint8Array;
    readonly masterKeyId: Uint8Array;
    readonly publicKey: Uint8Array | null;
  }>;
  /** The blob under the committed new master key. */
  reencipher(key: KeyRef): Promise<Uint8Array>;
  /** Opened keys of these ids leave every cache before the promise resolves. */
  forget(keyIds: readonly string[]): Promise<void>;

  status(): Promise<HsmStatus>;
  /** Stays as it is for as long as the HSM runs. */
  readonly capabilities: HsmCapabilities;
  readonly masterKey: MasterKeyCommands;
  readonly memory: HsmMemory;
  close(): Promise<void>;
}

/** A state of the audit log: the first `size` events have this Merkle root. */
export interface LogState {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** The log went back, and whoever restored the database said so. */
export interface AcceptedRollback {
  readonly from: LogState;
  readonly to: LogState;
}

/** What an HSM remembers, as it stands. */
export interface Remembered {
  /** Rises by one with every change; 0 on a fresh instance. */
  readonly generation: number;
  /** SHA-256 of all that is remembered: two memories of one generation with different digests have parted. */
  readonly digest: Uint8Array;
  readonly checkpoint: LogState | null;
  /** Number of keys whose blobs are refused. */
  readonly destroyedKeys: number;
  /** Oldest first. */
  readonly rollbacks: readonly AcceptedRollback[];
}

/**
 * What the HSM remembers so that the database cannot make it forget. It lies beside the sealed master key, authenticated
 * under a key that only the master key gives: altered by hand it ends no seal. Every change is durable, and known to every
 * unit, once its promise resolves; a unit that does not know it does not serve. Every call throws HSM_SEALED while sealed.
 */
export interface HsmMemory {
  read(): Promise<Remembered>;
  /**
   * Only forward: the caller has checked that this state of the log begins with the remembered one.
   * @throws EstateError AUDIT_ROLLED_BACK for a smaller size, or the same size with another root
   */
  rememberCheckpoint(checkpoint: LogState): Promise<void>;
  /** A restore put the log back, on purpose: the given state becomes the remembered one, the one before it is kept as history. */
  acceptRollback(to: LogState): Promise<void>;
  /** From now on every unit refuses what is bound to these key ids, for ever. Telling it again changes nothing. */
  destroy(keyIds: readonly string[]): Promise<void>;
  /** Those of the ids that are destroyed, in their order. */
  destroyedAmong(keyIds: readonly string[]): Promise<readonly string[]>;
  /**
   * Takes in another copy of this HSM's memory (of a backup): what either holds destroyed stays destroyed.
   * @throws EstateError MASTER_KEY_STATE_FORBIDS with `details.reason` SEALED_STATE_ALTERED when it is none of this HSM
   */
  merge(sealedMemory: Uint8Array): Promise<void>;
}

/** An RSA public key of one crypto unit, to which master key parts are encrypted (RSA-OAEP-SHA-256). */
export interface PartImporter {
  readonly unit: number;
  /** DER SubjectPublicKeyInfo; its SHA-256 is what an operator compares. */
  readonly publicKey: Uint8Array;
}

/** A key part on its way into the units: encrypted once per importer, by unit number. */
export interface EncryptedPart {
  readonly part: number;
  readonly total: number;
  readonly byUnit: readonly { readonly unit: number; readonly encrypted: Uint8Array }[];
}

/**
 * The master key's registers. Parts are 32 bytes, 2 or 3 of them, combined by XOR.
 * The verification pattern is SHA-256(0x01 || master key); its first 16 bytes are the master key's id.
 * Administrators with signature thresholds will sign these commands; each takes an optional signature envelope for them.
 */
export interface MasterKeyCommands {
  /**
   * The HSM makes its master key itself, where its capabilities know no ceremony; once, on a fresh instance.
   * @throws EstateError HSM_CAPABILITY_MISSING where a ceremony brings it · MASTER_KEY_STATE_FORBIDS (ALREADY_INITIALISED)
   */
  initialise(): Promise<MasterKeyRegisters>;
  importers(): Promise<readonly PartImporter[]>;
  loadPart(part: EncryptedPart, signatures?: SignedCommand): Promise<MasterKeyRegisters>;
  commit(verificationPattern: Uint8Array, signatures?: SignedCommand): Promise<MasterKeyRegisters>;
  /**
   * The committed new key becomes the current one. On a sealed HSM whose sealed state names a verification pattern,
   * only that key is taken (this is "unseal"); on a fresh one it becomes the instance's master key.
   */
  activate(verificationPattern: Uint8Array, signatures?: SignedCommand): Promise<MasterKeyRegisters>;
  clearNew(signatures?: SignedCommand): Promise<MasterKeyRegisters>;
}

/** A place for commands signed by administrators; no implementation demands signatures yet. */
export interface SignedCommand {
  readonly signatures: readonly { readonly subjectKeyId: Uint8Array; readonly signature: Uint8Array }[];
}
