import type { Id, Tracked } from './entity.js';

/**
 * What a blob is bound to besides its attributes; a blob put into another row does not open.
 * EP11 clients bind nothing.
 */
export interface BlobContext {
  readonly keyId: Id;
  readonly version: number;
  readonly vaultId: Id | null;
}

export const blobOwnerKinds = ['KEY_VERSION', 'KMS_KEY_VERSION', 'IMPORT_KEY', 'SYSTEM_KEY', 'TOKEN_OBJECT'] as const;
export type BlobOwnerKind = (typeof blobOwnerKinds)[number];

/** A key wrapped by the master key, wherever it is used. One table holds them all. */
export interface KeyBlob extends Tracked {
  readonly ownerKind: BlobOwnerKind;
  readonly ownerId: Id;
  readonly context: BlobContext | null;
  readonly blob: Uint8Array;
  /** First 16 bytes of the master key's verification pattern, lower-case hex: tells which blobs a rotation must re-encipher. */
  readonly masterKeyId: string;
  /** DER SubjectPublicKeyInfo of asymmetric keys. */
  readonly publicKey: Uint8Array | null;
}
