/** Every mechanism that is done on a token, one row each. HKDF is missing: modules of PKCS#11 2.40 do not know it. */
import type { Mechanism } from '../../../domain/algorithms.js';
import { aesCbc, aesGcm, aesKw, aesKwp } from './aes.js';
import { ecdsa, eddsa } from './elliptic.js';
import { hmac } from './hmac.js';
import type { MechanismRow } from './mechanism.js';
import { rsaAesKwp, rsaOaep, rsaPkcs1, rsaPss } from './rsa.js';

export const mechanismTable: Readonly<Record<Exclude<Mechanism, 'ECDH_HKDF_SHA256'>, MechanismRow>> & {
  readonly ECDH_HKDF_SHA256: null;
} = {
  AES_GCM: aesGcm,
  AES_CBC: aesCbc,
  AES_KW: aesKw,
  AES_KWP: aesKwp,
  HMAC_SHA256: hmac('HMAC_SHA256'),
  HMAC_SHA384: hmac('HMAC_SHA384'),
  HMAC_SHA512: hmac('HMAC_SHA512'),
  RSA_OAEP_SHA256: rsaOaep('RSA_OAEP_SHA256'),
  RSA_OAEP_SHA1: rsaOaep('RSA_OAEP_SHA1'),
  RSA_AES_KWP_SHA256: rsaAesKwp('RSA_AES_KWP_SHA256'),
  RSA_AES_KWP_SHA1: rsaAesKwp('RSA_AES_KWP_SHA1'),
  RSA_PSS_SHA256: rsaPss('RSA_PSS_SHA256'),
  RSA_PSS_SHA384: rsaPss('RSA_PSS_SHA384'),
  RSA_PSS_SHA512: rsaPss('RSA_PSS_SHA512'),
  RSA_PKCS1_SHA256: rsaPkcs1('RSA_PKCS1_SHA256'),
  RSA_PKCS1_SHA384: rsaPkcs1('RSA_PKCS1_SHA384'),
  RSA_PKCS1_SHA512: rsaPkcs1('RSA_PKCS1_SHA512'),
  ECDSA_SHA256: ecdsa('ECDSA_SHA256'),
  ECDSA_SHA384: ecdsa('ECDSA_SHA384'),
  ECDSA_SHA512: ecdsa('ECDSA_SHA512'),
  EDDSA: eddsa,
  ECDH_HKDF_SHA256: null,
};
