import {
  constants,
  createSecretKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  sign as signCallback,
  verify as verifyCallback,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { Mechanism } from '../../../domain/algorithms.js';
import { concat, plain } from '../../bytes.js';
import { hashOf } from '../../hashes.js';
import { aesKwp } from './aes.js';
import type { MechanismRow } from './mechanism.js';

// The threadpool's variants: an RSA-4096 signature takes milliseconds, and others wait meanwhile otherwise.
const sign = promisify(signCallback);
const verify = promisify(verifyCallback);
const ephemeralKeyBytes = 32;

/** RFC 8017, section 7.1, empty label, MGF1 with the same hash. */
export function rsaOaep(mechanism: Mechanism): MechanismRow {
  return {
    mechanism,
    encrypt: ({ publicKey }, { data }) => oaepEncrypt(mechanism, present(publicKey), data),
    decrypt: ({ key }, { data }) => oaepDecrypt(mechanism, key, data),
    unwrap: ({ key }, wrapped) => oaepDecrypt(mechanism, key, wrapped),
    exportTo: (publicKey, material) => oaepEncrypt(mechanism, publicKey, material),
  };
}

/** PKCS#11's CKM_RSA_AES_KEY_WRAP: OAEP of an ephemeral AES-256 key || AES-KWP of the material under it. */
export function rsaAesKwp(mechanism: Mechanism): MechanismRow {
  return {
    mechanism,
    unwrap({ key }, wrapped) {
      const modulusBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
      const ephemeral = ephemeralKey(mechanism, key, wrapped.subarray(0, modulusBytes));
      return kwp('unwrap')({ key: createSecretKey(ephemeral), publicKey: null }, wrapped.subarray(modulusBytes));
    },
    exportTo(publicKey, material) {
      const ephemeral = randomBytes(ephemeralKeyBytes);
      const wrapped = kwp('wrap')({ key: createSecretKey(ephemeral), publicKey: null }, material);
      const result = concat(oaepEncrypt(mechanism, publicKey, ephemeral), wrapped);
      ephemeral.fill(0);
      return result;
    },
  };
}

/** RFC 8017, section 8.1; the salt is as long as the hash. */
export function rsaPss(mechanism: Mechanism): MechanismRow {
  return signature(mechanism, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

/** RFC 8017, section 8.2. */
export function rsaPkcs1(mechanism: Mechanism): MechanismRow {
  return signature(mechanism, { padding: constants.RSA_PKCS1_PADDING });
}

function signature(mechanism: Mechanism, options: { readonly padding: number; readonly saltLength?: number }): MechanismRow {
  const hash = hashOf(mechanism);
  return {
    mechanism,
    sign: async ({ key }, data) => plain(await sign(hash, data, { key, ...options })),
    verify: ({ publicKey }, data, value) => verify(hash, data, { key: present(publicKey), ...options }, value),
  };
}

function oaepEncrypt(mechanism: Mechanism, key: KeyObject, data: Uint8Array): Uint8Array {
  return plain(publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashOf(mechanism) }, data));
}

function oaepDecrypt(mechanism: Mechanism, key: KeyObject, data: Uint8Array): Uint8Array {
  return plain(privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashOf(mechanism) }, data));
}

/** A failed OAEP goes on with a random key, so that both halves of the recipe fail in the same place. */
function ephemeralKey(mechanism: Mechanism, key: KeyObject, wrapped: Uint8Array): Uint8Array {
  const other = randomBytes(ephemeralKeyBytes);
  try {
    const ephemeral = oaepDecrypt(mechanism, key, wrapped);
    return [16, 24, 32].includes(ephemeral.length) ? ephemeral : other;
  } catch {
    return other;
  }
}

function kwp<Half extends 'wrap' | 'unwrap'>(half: Half): NonNullable<MechanismRow[Half]> {
  const found = aesKwp[half];
  if (!found) throw new TypeError('AES_KWP wraps and unwraps');
  return found;
}

function present(key: KeyObject | null): KeyObject {
  if (!key) throw new TypeError('not a key pair');
  return key;
}
