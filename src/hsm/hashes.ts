import type { Mechanism } from '../domain/algorithms.js';

type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** node:crypto's name of the hash inside a mechanism. */
const hashes: Readonly<Partial<Record<Mechanism, Hash>>> = {
  HMAC_SHA256: 'sha256',
  HMAC_SHA384: 'sha384',
  HMAC_SHA512: 'sha512',
  RSA_OAEP_SHA256: 'sha256',
  RSA_OAEP_SHA1: 'sha1',
  RSA_AES_KWP_SHA256: 'sha256',
  RSA_AES_KWP_SHA1: 'sha1',
  RSA_PSS_SHA256: 'sha256',
  RSA_PSS_SHA384: 'sha384',
  RSA_PSS_SHA512: 'sha512',
  RSA_PKCS1_SHA256: 'sha256',
  RSA_PKCS1_SHA384: 'sha384',
  RSA_PKCS1_SHA512: 'sha512',
  ECDSA_SHA256: 'sha256',
  ECDSA_SHA384: 'sha384',
  ECDSA_SHA512: 'sha512',
  ECDH_HKDF_SHA256: 'sha256',
};

export function hashOf(mechanism: Mechanism): Hash {
  const hash = hashes[mechanism];
  if (!hash) throw new TypeError(`${mechanism} has no hash`);
  return hash;
}
