import { constants, type KeyObject, publicEncrypt } from 'node:crypto';

/** RSA-OAEP with SHA-256 for both hash and mask (RFC 8017 section 7.1). */
export function oaep(data: Uint8Array, key: KeyObject): Uint8Array {
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, data);
}
