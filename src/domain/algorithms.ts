/** Every algorithm, once: sizes, usages, mechanisms and how its material is written and recognised. */

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

export const purposes = ['ENCRYPTION', 'SIGNATURE', 'MAC', 'WRAPPING', 'UNWRAPPING', 'DERIVATION'] as const;
/**
 * What a mechanism does with a key of this HSM: ENCRYPTION encrypts and decrypts data, SIGNATURE and MAC sign and
 * verify, WRAPPING wraps other keys and unwraps them, UNWRAPPING only takes in material wrapped by somebody else.
 */
export type Purpose = (typeof purposes)[number];

/** What each purpose asks of a key's attributes, for the doing and for the undoing half. */
export const usagesOfPurpose: Readonly<Record<Purpose, readonly KeyUsage[]>> = {
  ENCRYPTION: ['ENCRYPT', 'DECRYPT'],
  SIGNATURE: ['SIGN', 'VERIFY'],
  MAC: ['SIGN', 'VERIFY'],
  WRAPPING: ['WRAP', 'UNWRAP'],
  UNWRAPPING: ['UNWRAP'],
  DERIVATION: ['DERIVE'],
};

/**
 * How a key's material is recognised without revealing it. `ENC-ZERO`: first 3 bytes of AES-ECB over a zero block;
 * `HMAC-EMPTY`: first 3 bytes of the HMAC over nothing, with the hash of the size's default mechanism;
 * `SPKI-SHA-256`: SHA-256 of the DER SubjectPublicKeyInfo.
 */
export type CheckMethod = 'ENC-ZERO' | 'HMAC-EMPTY' | 'SPKI-SHA-256';

export interface SizeDescriptor {
  readonly size: string;
  /** The size's number inside key blobs; never changed, never used again. */
  readonly blobId: number;
  readonly title: string;
  /** Bytes of a raw secret (secrets), of the modulus (RSA) or of one coordinate (curves). */
  readonly bytes: number;
  /** Classical security strength in bits (NIST SP 800-57 part 1, table 2). */
  readonly strength: number;
  /** The mechanism that is taken where the caller names none. */
  readonly defaults: Readonly<Partial<Record<Purpose, Mechanism>>>;
}

export interface AlgorithmDescriptor {
  readonly algorithm: KeyAlgorithm;
  /** The algorithm's number inside key blobs; never changed, never used again. */
  readonly blobId: number;
  readonly title: string;
  readonly kind: 'SECRET' | 'KEY_PAIR';
  /** How material looks inside a wrap: raw bytes, or a DER PKCS#8 PrivateKeyInfo. */
  readonly encoding: 'RAW' | 'PKCS8';
  readonly checkMethod: CheckMethod;
  readonly sizes: readonly SizeDescriptor[];
  readonly usages: readonly KeyUsage[];
  readonly mechanisms: Readonly<Partial<Record<Mechanism, readonly Purpose[]>>>;
}

const aesDefaults = { ENCRYPTION: 'AES_GCM', WRAPPING: 'AES_KWP' } as const;
const rsaDefaults = { ENCRYPTION: 'RSA_OAEP_SHA256', UNWRAPPING: 'RSA_AES_KWP_SHA256', SIGNATURE: 'RSA_PSS_SHA256' } as const;

/** The table. A new algorithm is a row here, a row in the HSM's tables of key kinds and mechanisms, and its vectors. */
export const algorithmDescriptors: Readonly<Record<KeyAlgorithm, AlgorithmDescriptor>> = {
  AES: {
    algorithm: 'AES',
    blobId: 1,
    title: 'AES',
    kind: 'SECRET',
    encoding: 'RAW',
    checkMethod: 'ENC-ZERO',
    sizes: [
      { size: '128', blobId: 1, title: 'AES-128', bytes: 16, strength: 128, defaults: aesDefaults },
      { size: '192', blobId: 2, title: 'AES-192', bytes: 24, strength: 192, defaults: aesDefaults },
      { size: '256', blobId: 3, title: 'AES-256', bytes: 32, strength: 256, defaults: aesDefaults },
    ],
    usages: ['ENCRYPT', 'DECRYPT', 'WRAP', 'UNWRAP'],
    mechanisms: { AES_GCM: ['ENCRYPTION'], AES_CBC: ['ENCRYPTION'], AES_KW: ['WRAPPING'], AES_KWP: ['WRAPPING'] },
  },
  HMAC: {
    algorithm: 'HMAC',
    blobId: 2,
    title: 'HMAC with SHA-2',
    kind: 'SECRET',
    encoding: 'RAW',
    checkMethod: 'HMAC-EMPTY',
    sizes: [
      { size: '256', blobId: 1, title: 'HMAC-256', bytes: 32, strength: 256, defaults: { MAC: 'HMAC_SHA256' } },
      { size: '384', blobId: 2, title: 'HMAC-384', bytes: 48, strength: 384, defaults: { MAC: 'HMAC_SHA384' } },
      { size: '512', blobId: 3, title: 'HMAC-512', bytes: 64, strength: 512, defaults: { MAC: 'HMAC_SHA512' } },
    ],
    usages: ['SIGN', 'VERIFY'],
    mechanisms: { HMAC_SHA256: ['MAC'], HMAC_SHA384: ['MAC'], HMAC_SHA512: ['MAC'] },
  },
  RSA: {
    algorithm: 'RSA',
    blobId: 3,
    title: 'RSA',
    kind: 'KEY_PAIR',
    encoding: 'PKCS8',
    checkMethod: 'SPKI-SHA-256',
    sizes: [
      { size: '2048', blobId: 1, title: 'RSA-2048', bytes: 256, strength: 112, defaults: rsaDefaults },
      { size: '3072', blobId: 2, title: 'RSA-3072', bytes: 384, strength: 128, defaults: rsaDefaults },
      { size: '4096', blobId: 3, title: 'RSA-4096', bytes: 512, strength: 152, defaults: rsaDefaults },
    ],
    usages: ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'UNWRAP'],
    mechanisms: {
      RSA_OAEP_SHA256: ['ENCRYPTION', 'UNWRAPPING'],
      RSA_OAEP_SHA1: ['ENCRYPTION', 'UNWRAPPING'],
      RSA_AES_KWP_SHA256: ['UNWRAPPING'],
      RSA_AES_KWP_SHA1: ['UNWRAPPING'],
      RSA_PSS_SHA256: ['SIGNATURE'],
      RSA_PSS_SHA384: ['SIGNATURE'],
      RSA_PSS_SHA512: ['SIGNATURE'],
      RSA_PKCS1_SHA256: ['SIGNATURE'],
      RSA_PKCS1_SHA384: ['SIGNATURE'],
      RSA_PKCS1_SHA512: ['SIGNATURE'],
    },
  },
  EC: {
    algorithm: 'EC',
    blobId: 4,
    title: 'Elliptic curve (ECDSA, ECDH)',
    kind: 'KEY_PAIR',
    encoding: 'PKCS8',
    checkMethod: 'SPKI-SHA-256',
    sizes: [
      curve('P-256', 1, 32, 128, 'ECDSA_SHA256'),
      curve('P-384', 2, 48, 192, 'ECDSA_SHA384'),
      curve('P-521', 3, 66, 256, 'ECDSA_SHA512'),
      curve('SECP256K1', 4, 32, 128, 'ECDSA_SHA256'),
    ],
    usages: ['SIGN', 'VERIFY', 'DERIVE'],
    mechanisms: {
      ECDSA_SHA256: ['SIGNATURE'],
      ECDSA_SHA384: ['SIGNATURE'],
      ECDSA_SHA512: ['SIGNATURE'],
      ECDH_HKDF_SHA256: ['DERIVATION'],
    },
  },
  ED25519: {
    algorithm: 'ED25519',
    blobId: 5,
    title: 'Ed25519',
    kind: 'KEY_PAIR',
    encoding: 'PKCS8',
    checkMethod: 'SPKI-SHA-256',
    sizes: [{ size: 'ED25519', blobId: 1, title: 'Ed25519', bytes: 32, strength: 128, defaults: { SIGNATURE: 'EDDSA' } }],
    usages: ['SIGN', 'VERIFY'],
    mechanisms: { EDDSA: ['SIGNATURE'] },
  },
};

function curve(size: string, blobId: number, bytes: number, strength: number, signature: Mechanism): SizeDescriptor {
  return { size, blobId, title: size, bytes, strength, defaults: { SIGNATURE: signature, DERIVATION: 'ECDH_HKDF_SHA256' } };
}

/** The row of an algorithm. */
export function algorithmDescriptor(algorithm: KeyAlgorithm): AlgorithmDescriptor {
  return algorithmDescriptors[algorithm];
}

/** The row of a size, or `undefined` when the algorithm has no such size. */
export function sizeDescriptor(spec: KeySpec): SizeDescriptor | undefined {
  // `spec` may come from outside the compiler's reach, so the algorithm itself may be unknown too.
  const row: AlgorithmDescriptor | undefined = Object.hasOwn(algorithmDescriptors, spec.algorithm)
    ? algorithmDescriptors[spec.algorithm]
    : undefined;
  return row?.sizes.find((entry) => entry.size === spec.size);
}

/** Every algorithm with its sizes, as texts: what an error about an unknown one lists. */
export function supportedSizes(): readonly { readonly algorithm: KeyAlgorithm; readonly sizes: readonly string[] }[] {
  return keyAlgorithms.map((algorithm) => ({ algorithm, sizes: algorithmDescriptors[algorithm].sizes.map((entry) => entry.size) }));
}

/** The mechanism for a purpose where the caller names none; `undefined` when such keys do not serve the purpose. */
export function defaultMechanism(spec: KeySpec, purpose: Purpose): Mechanism | undefined {
  return sizeDescriptor(spec)?.defaults[purpose];
}

/** Whether a mechanism serves a purpose with keys of an algorithm. */
export function mechanismServes(algorithm: KeyAlgorithm, mechanism: Mechanism, purpose: Purpose): boolean {
  const served = algorithmDescriptors[algorithm].mechanisms;
  return Object.hasOwn(served, mechanism) && (served[mechanism]?.includes(purpose) ?? false);
}

/** The mechanisms of an algorithm for a purpose, in the table's order. */
export function mechanismsFor(algorithm: KeyAlgorithm, purpose: Purpose): readonly Mechanism[] {
  return mechanisms.filter((mechanism) => mechanismServes(algorithm, mechanism, purpose));
}
