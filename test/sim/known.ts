/** What clients have learnt from answers, and choose from when they ask for the next thing. */
import type { ManagedKey } from '../../src/domain/managed-key.js';

export interface Sealed {
  readonly keyId: string;
  readonly version: number;
  readonly plaintext: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly by: 'encrypt' | 'wrapKey';
}

export interface ImportOffered {
  readonly importKeyId: string;
  readonly keyId: string;
  readonly publicKey: Uint8Array;
}

export type KnownKey = Pick<ManagedKey, 'id' | 'revision' | 'algorithm' | 'state' | 'destroyAt'>;

export interface Known {
  readonly vaultIds: string[];
  readonly keystoreIds: string[];
  readonly templateIds: string[];
  readonly principalIds: string[];
  readonly apiKeyIds: string[];
  /** As each was last answered. */
  readonly keys: Map<string, KnownKey>;
  readonly imports: ImportOffered[];
  readonly sealed: Sealed[];
}

export function newKnown(vaultId: string, keystoreIds: readonly string[]): Known {
  return {
    vaultIds: [vaultId],
    keystoreIds: [...keystoreIds],
    templateIds: [],
    principalIds: [],
    apiKeyIds: [],
    keys: new Map(),
    imports: [],
    sealed: [],
  };
}
