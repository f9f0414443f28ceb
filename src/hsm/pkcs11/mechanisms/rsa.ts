import { constants, type KeyObject, publicEncrypt, randomBytes, verify } from 'node:crypto';
import type { Mechanism } from '../../../domain/algorithms.js';
import { concat, equalBytes, plain } from '../../bytes.js';
import { hashOf } from '../../hashes.js';
import { type Attribute, ck, type Handle, input, type MechanismCall, output } from '../cryptoki.js';
import { openOaep } from '../oaep.js';
import { bytesOf, sessionTemplate } from '../objects.js';
import { isLost } from '../refusals.js';
import type { Token } from '../token.js';
import { aesKwp, wrapObject } from './aes.js';
import type { MechanismRow, ModuleTraits, UsableKey } from './mechanism.js';

const hashes = {
  sha1: { hash: ck.CKM_SHA_1, mgf: ck.CKG_MGF1_SHA1, bytes: 20 },
  sha256: { hash: ck.CKM_SHA256, mgf: ck.CKG_MGF1_SHA256, bytes: 32 },
  sha384: { hash: ck.CKM_SHA384, mgf: ck.CKG_MGF1_SHA384, bytes: 48 },
  sha512: { hash: ck.CKM_SHA512, mgf: ck.CKG_MGF1_SHA512, bytes: 64 },
} as const;
const pkcs1 = { sha256: ck.CKM_SHA256_RSA_PKCS, sha384: ck.CKM_SHA384_RSA_PKCS, sha512: ck.CKM_SHA512_RSA_PKCS } as const;
const pss = { sha256: ck.CKM_SHA256_RSA_PKCS_PSS, sha384: ck.CKM_SHA384_RSA_PKCS_PSS, sha512: ck.CKM_SHA512_RSA_PKCS_PSS } as const;
const ephemeralSpec = { algorithm: 'AES', size: '256' } as const;
const ephemeralBytes = 32;
const maxBlockBytes = 1024;

/** RFC 8017, section 7.1, empty label, MGF1 with the same hash. Keys go in and out only where the module does it itself. */
export function rsaOaep(mechanism: Mechanism): MechanismRow {
  const hash = hashOf(mechanism);
  return {
    mechanism,
    encrypt: (_token, { publicKey }, { data }) => oaepEncrypt(present(publicKey), hash, data),
    decrypt: (token, key, { data }, traits) => oaepDecrypt(token, key, hash, data, traits),
    unwrap: (token, key, wrapped, template) =>
      token.call((module, home) => module.C_UnwrapKey(home, oaepCall(hash), key.object(), input(wrapped), template)),
    exportTo: (token, publicKey, target) => wrapFor(token, publicKey, hash, target),
  };
}

/**
 * CKM_RSA_AES_KEY_WRAP's recipe: OAEP of an ephemeral AES-256 key || AES-KWP of the material under it. The ephemeral key
 * passes through this process on the way in, and on the way out where the module lacks OAEP with the hash; the material
 * itself never does.
 */
export function rsaAesKwp(mechanism: Mechanism): MechanismRow {
  const hash = hashOf(mechanism);
  return {
    mechanism,
    unwrap(token, key, wrapped, template, traits) {
      const modulusBytes = bytesOf(key.spec);
      const ephemeral = admittedEphemeral(token, key, hash, wrapped.subarray(0, modulusBytes), traits);
      try {
        const unwrapping = { spec: ephemeralSpec, publicKey: null, object: () => ephemeral };
        return kwpUnwrap(token, unwrapping, wrapped.subarray(modulusBytes), template, traits);
      } finally {
        token.call((module, home) => module.C_DestroyObject(home, ephemeral));
      }
    },
    exportTo: (token, publicKey, target, traits) =>
      traits.oaepHashes.has(hash) ? exportInside(token, publicKey, hash, target) : exportThrough(token, publicKey, hash, target),
  };
}

/** RFC 8017, section 8.1; the salt is as long as the hash. */
export function rsaPss(mechanism: Mechanism): MechanismRow {
  const hash = signatureHash(mechanism);
  const { hash: hashAlg, mgf, bytes: saltLen } = hashes[hash];
  const call = { mechanism: pss[hash], parameter: { type: ck.PARAMETER_RSA_PSS, hashAlg, mgf, saltLen } };
  return signature(mechanism, call, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

/** RFC 8017, section 8.2. */
export function rsaPkcs1(mechanism: Mechanism): MechanismRow {
  return signature(mechanism, { mechanism: pkcs1[signatureHash(mechanism)] }, { padding: constants.RSA_PKCS1_PADDING });
}

function signature(
  mechanism: Mechanism,
  call: MechanismCall,
  options: { readonly padding: number; readonly saltLength?: number },
): MechanismRow {
  return {
    mechanism,
    sign: (token, key, data) =>
      // Off the event loop: an RSA-4096 signature takes milliseconds.
      token.inSessionAsync(async (module, session) => {
        module.C_SignInit(session, call, key.object());
        return output(await module.C_SignAsync(session, input(data), Buffer.alloc(maxBlockBytes)));
      }),
    verify: (_token, { publicKey }, data, value) => verify(hashOf(mechanism), data, { key: present(publicKey), ...options }, value),
  };
}

function oaepCall(hash: keyof typeof hashes): MechanismCall {
  const { hash: hashAlg, mgf } = hashes[hash];
  return { mechanism: ck.CKM_RSA_PKCS_OAEP, parameter: { type: ck.PARAMETER_RSA_OAEP, hashAlg, mgf, source: ck.CKZ_DATA_SPECIFIED } };
}

function oaepEncrypt(key: KeyObject, hash: string, data: Uint8Array): Uint8Array {
  return plain(publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, data));
}

/** Whether the module itself does OAEP with a hash. */
export function oaepProbe(token: Token, object: Handle, publicKey: KeyObject, hash: keyof typeof hashes): boolean {
  const message = randomBytes(ephemeralBytes);
  const encrypted = oaepEncrypt(publicKey, hash, message);
  const decrypted = token.inSession((module, session) => {
    module.C_DecryptInit(session, oaepCall(hash), object);
    return output(module.C_Decrypt(session, input(encrypted), Buffer.alloc(maxBlockBytes)));
  });
  return equalBytes(message, decrypted);
}

function oaepDecrypt(token: Token, key: UsableKey, hash: keyof typeof hashes, data: Uint8Array, traits: ModuleTraits): Uint8Array {
  const isNative = traits.oaepHashes.has(hash);
  if (data.length !== bytesOf(key.spec)) throw new Error('length');
  const block = token.inSession((module, session) => {
    module.C_DecryptInit(session, isNative ? oaepCall(hash) : { mechanism: ck.CKM_RSA_X_509 }, key.object());
    return output(module.C_Decrypt(session, input(data), Buffer.alloc(maxBlockBytes)));
  });
  if (isNative) return block;
  const message = openOaep(leftPadded(block, bytesOf(key.spec)), hash);
  if (!message) throw new Error('padding');
  return message;
}

/** The ephemeral key as an object. A failed OAEP goes on with a random one, so that both halves of the recipe fail in one place. */
function admittedEphemeral(token: Token, key: UsableKey, hash: keyof typeof hashes, wrapped: Uint8Array, traits: ModuleTraits): Handle {
  const other = randomBytes(ephemeralBytes);
  let bytes: Uint8Array = other;
  try {
    const found = oaepDecrypt(token, key, hash, wrapped, traits);
    if ([16, 24, 32].includes(found.length)) bytes = found;
  } catch (error) {
    if (isLost(error)) throw error;
  }
  const object = createEphemeral(token, bytes, 'UNWRAP');
  bytes.fill(0);
  other.fill(0);
  return object;
}

function createEphemeral(token: Token, bytes: Uint8Array, usage: 'WRAP' | 'UNWRAP'): Handle {
  const template = [...sessionTemplate(ephemeralSpec, [usage], false), { type: ck.CKA_VALUE, value: input(bytes) }];
  return token.call((module, home) => module.C_CreateObject(home, template));
}

/** All of it inside the token. */
function exportInside(token: Token, publicKey: KeyObject, hash: keyof typeof hashes, target: Handle): Uint8Array {
  const template = [...sessionTemplate(ephemeralSpec, ['WRAP'], true), { type: ck.CKA_VALUE_LEN, value: ephemeralBytes }].filter(
    ({ type }) => type !== ck.CKA_CLASS && type !== ck.CKA_KEY_TYPE,
  );
  const ephemeral = token.call((module, home) => module.C_GenerateKey(home, { mechanism: ck.CKM_AES_KEY_GEN }, template));
  try {
    return concat(wrapFor(token, publicKey, hash, ephemeral), wrapObject(token, ephemeral, target));
  } finally {
    token.call((module, home) => module.C_DestroyObject(home, ephemeral));
  }
}

/** The ephemeral key is made here and forgotten; the target leaves the token only wrapped by it. */
function exportThrough(token: Token, publicKey: KeyObject, hash: string, target: Handle): Uint8Array {
  const bytes = randomBytes(ephemeralBytes);
  const ephemeral = createEphemeral(token, bytes, 'WRAP');
  try {
    return concat(oaepEncrypt(publicKey, hash, bytes), wrapObject(token, ephemeral, target));
  } finally {
    bytes.fill(0);
    token.call((module, home) => module.C_DestroyObject(home, ephemeral));
  }
}

/** An object wrapped by the token for a foreign public key. */
function wrapFor(token: Token, publicKey: KeyObject, hash: keyof typeof hashes, target: Handle): Uint8Array {
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  const template: Attribute[] = [
    { type: ck.CKA_CLASS, value: ck.CKO_PUBLIC_KEY },
    { type: ck.CKA_KEY_TYPE, value: ck.CKK_RSA },
    { type: ck.CKA_TOKEN, value: false },
    { type: ck.CKA_WRAP, value: true },
    { type: ck.CKA_MODULUS, value: Buffer.from(n, 'base64url') },
    { type: ck.CKA_PUBLIC_EXPONENT, value: Buffer.from(e, 'base64url') },
  ];
  return token.call((module, home) => {
    const receiver = module.C_CreateObject(home, template);
    try {
      return output(module.C_WrapKey(home, oaepCall(hash), receiver, target, Buffer.alloc(maxBlockBytes)));
    } finally {
      module.C_DestroyObject(home, receiver);
    }
  });
}

const kwpUnwrap = present(aesKwp.unwrap ?? null);

function leftPadded(bytes: Uint8Array, length: number): Uint8Array {
  return concat(new Uint8Array(Math.max(0, length - bytes.length)), bytes);
}

function signatureHash(mechanism: Mechanism): keyof typeof pss {
  const hash = hashOf(mechanism);
  if (hash === 'sha1') throw new TypeError('no signatures with SHA-1');
  return hash;
}

function present<Found>(found: Found | null): Found {
  if (!found) throw new TypeError('not there');
  return found;
}
