/**
 * The part of PKCS#11 2.40 that is used here, as the package `pkcs11js` offers it. The package is optional, so its own
 * types may not be there.
 */

/** An object's or a session's handle. */
export type Handle = Uint8Array;

export interface Attribute {
  readonly type: number;
  readonly value?: boolean | number | string | Uint8Array;
}

export interface MechanismCall {
  readonly mechanism: number;
  readonly parameter?: Uint8Array | Readonly<Record<string, unknown>>;
}

export interface TokenInfo {
  readonly label: string;
  readonly flags: number;
}

/** Calls throw an error that carries the CKR value as `code`. Outputs are written into the last argument and cut. */
export interface Cryptoki {
  load(path: string): void;
  C_Initialize(options: { readonly flags: number }): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): TokenInfo;
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_CreateObject(session: Handle, template: readonly Attribute[]): Handle;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, template: readonly Attribute[]): { readonly value: Uint8Array }[];
  C_GenerateKey(session: Handle, mechanism: MechanismCall, template: readonly Attribute[]): Handle;
  C_GenerateKeyPairAsync(
    session: Handle,
    mechanism: MechanismCall,
    publicTemplate: readonly Attribute[],
    privateTemplate: readonly Attribute[],
  ): Promise<{ readonly publicKey: Handle; readonly privateKey: Handle }>;
  C_WrapKey(session: Handle, mechanism: MechanismCall, wrappingKey: Handle, key: Handle, output: Uint8Array): Uint8Array;
  C_UnwrapKey(
    session: Handle,
    mechanism: MechanismCall,
    unwrappingKey: Handle,
    wrapped: Uint8Array,
    template: readonly Attribute[],
  ): Handle;
  C_EncryptInit(session: Handle, mechanism: MechanismCall, key: Handle): void;
  C_Encrypt(session: Handle, input: Uint8Array, output: Uint8Array): Uint8Array;
  C_DecryptInit(session: Handle, mechanism: MechanismCall, key: Handle): void;
  C_Decrypt(session: Handle, input: Uint8Array, output: Uint8Array): Uint8Array;
  C_DecryptAsync(session: Handle, input: Uint8Array, output: Uint8Array): Promise<Uint8Array>;
  C_SignInit(session: Handle, mechanism: MechanismCall, key: Handle): void;
  C_Sign(session: Handle, input: Uint8Array, output: Uint8Array): Uint8Array;
  C_SignAsync(session: Handle, input: Uint8Array, output: Uint8Array): Promise<Uint8Array>;
  C_GenerateRandom(session: Handle, output: Uint8Array): Uint8Array;
}

/** Numbers of the standard (and, from `PARAMETER_` on, of pkcs11js' own). */
export const ck = {
  CKF_OS_LOCKING_OK: 0x2,
  CKF_RW_SESSION: 0x2,
  CKF_SERIAL_SESSION: 0x4,
  CKF_USER_PIN_FINAL_TRY: 0x20000,
  CKF_USER_PIN_LOCKED: 0x40000,
  CKU_USER: 1,

  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKO_SECRET_KEY: 4,

  CKK_RSA: 0x0,
  CKK_EC: 0x3,
  CKK_GENERIC_SECRET: 0x10,
  CKK_AES: 0x1f,
  CKK_EC_EDWARDS: 0x40,

  CKA_CLASS: 0x0,
  CKA_TOKEN: 0x1,
  CKA_PRIVATE: 0x2,
  CKA_LABEL: 0x3,
  CKA_VALUE: 0x11,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_SENSITIVE: 0x103,
  CKA_ENCRYPT: 0x104,
  CKA_DECRYPT: 0x105,
  CKA_WRAP: 0x106,
  CKA_UNWRAP: 0x107,
  CKA_SIGN: 0x108,
  CKA_VERIFY: 0x10a,
  CKA_MODULUS: 0x120,
  CKA_MODULUS_BITS: 0x121,
  CKA_PUBLIC_EXPONENT: 0x122,
  CKA_VALUE_LEN: 0x161,
  CKA_EXTRACTABLE: 0x162,
  CKA_NEVER_EXTRACTABLE: 0x164,
  CKA_ALWAYS_SENSITIVE: 0x165,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,

  CKM_RSA_PKCS_KEY_PAIR_GEN: 0x0,
  CKM_RSA_X_509: 0x3,
  CKM_RSA_PKCS_OAEP: 0x9,
  CKM_SHA256_RSA_PKCS: 0x40,
  CKM_SHA384_RSA_PKCS: 0x41,
  CKM_SHA512_RSA_PKCS: 0x42,
  CKM_SHA256_RSA_PKCS_PSS: 0x43,
  CKM_SHA384_RSA_PKCS_PSS: 0x44,
  CKM_SHA512_RSA_PKCS_PSS: 0x45,
  CKM_SHA_1: 0x220,
  CKM_SHA256: 0x250,
  CKM_SHA256_HMAC: 0x251,
  CKM_SHA384: 0x260,
  CKM_SHA384_HMAC: 0x261,
  CKM_SHA512: 0x270,
  CKM_SHA512_HMAC: 0x271,
  CKM_GENERIC_SECRET_KEY_GEN: 0x350,
  CKM_EC_KEY_PAIR_GEN: 0x1040,
  CKM_ECDSA: 0x1041,
  CKM_EC_EDWARDS_KEY_PAIR_GEN: 0x1055,
  CKM_EDDSA: 0x1057,
  CKM_AES_KEY_GEN: 0x1080,
  CKM_AES_ECB: 0x1081,
  CKM_AES_CBC_PAD: 0x1085,
  CKM_AES_GCM: 0x1087,
  CKM_AES_KEY_WRAP: 0x2109,
  CKM_AES_KEY_WRAP_PAD: 0x210a,

  CKG_MGF1_SHA1: 1,
  CKG_MGF1_SHA256: 2,
  CKG_MGF1_SHA384: 3,
  CKG_MGF1_SHA512: 4,
  CKZ_DATA_SPECIFIED: 1,

  PARAMETER_AES_GCM: 3,
  PARAMETER_RSA_OAEP: 4,
  PARAMETER_RSA_PSS: 5,
} as const;

/**
 * The bytes as an argument. An empty buffer may reach the module as a null pointer, which some take for a question
 * about the output's length: an empty part of a longer one does not.
 */
export function input(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return Buffer.alloc(1).subarray(0, 0);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy of an output, as a plain Uint8Array. */
export function output(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
