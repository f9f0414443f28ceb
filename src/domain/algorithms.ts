/** Every algorithm, once: what it is called, its sizes, and the mechanisms that use it. */

export const keyAlgorithms = ['AES', 'HMAC', 'RSA', 'EC', 'ED25519'] as const;
export type KeyAlgorithm = (typeof keyAlgorithms)[number];

export interface KeySpec {
  readonly algorithm: KeyAlgorithm;
  /** Bits, or the curve's name: `256`, `2048`, `P-256`, `SECP256K1`, `ED25519`. */
  readonly size: string;
}

/** Uses a key may be put to; they are bound into its blob and enforced inside the HSM. */
export const keyUsages = ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE'] as const;
export type KeyUsage = (typeof keyUsages)[number];

export const mechanisms = [
  'AES_GCM',
  'AES_CBC',
  'AES_KW',
  'AES_KWP',
  'HMAC_SHA256',
  'HMAC_SHA384',
  'HMAC_SHA512',
  'RSA_OAEP_SHA256',
  'RSA_OAEP_SHA1',
  'RSA_AES_KWP_SHA256',
  'RSA_AES_KWP_SHA1',
  'RSA_PSS_SHA256',
  'RSA_PSS_SHA384',
  'RSA_PSS_SHA512',
  'RSA_PKCS1_SHA256',
  'RSA_PKCS1_SHA384',
  'RSA_PKCS1_SHA512',
  'ECDSA_SHA256',
  'ECDSA_SHA384',
  'ECDSA_SHA512',
  'EDDSA',
  'ECDH_HKDF_SHA256',
] as const;
/**
 * How an operation is done. `AES_GCM` ciphertexts are nonce(12) || ciphertext || tag(16); `AES_CBC` are
 * iv(16) || ciphertext with PKCS#7 padding; ECDSA signatures are raw r || s.
 */
export type Mechanism = (typeof mechanisms)[number];

/** Recipes under which a key leaves for another key service. */
export const exportSchemes = ['RSA_OAEP_SHA256', 'RSA_OAEP_SHA1', 'RSA_AES_KWP_SHA256', 'RSA_AES_KWP_SHA1'] as const;
export type ExportScheme = (typeof exportSchemes)[number];
