import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { concat, plain } from '../../bytes.js';
import type { KeyHandle } from '../key-kinds.js';
import type { MechanismRow } from './mechanism.js';

const nonceBytes = 12;
const tagBytes = 16;
const blockBytes = 16;
/** RFC 3394, section 2.2.3.1. */
const keyWrapIv = Buffer.from('A6A6A6A6A6A6A6A6', 'hex');
/** RFC 5649, section 3: node:crypto takes the constant half of the AIV only. */
const paddedKeyWrapIv = Buffer.from('A65959A6', 'hex');

/** NIST SP 800-38D with a random 96-bit nonce: nonce || ciphertext || tag. */
export const aesGcm: MechanismRow = {
  mechanism: 'AES_GCM',
  hasAad: true,
  encrypt({ key }, { data, aad }) {
    const nonce = freshNonce();
    const cipher = createCipheriv(gcmName(key), key, nonce, { authTagLength: tagBytes });
    if (aad) cipher.setAAD(aad);
    const sealed = new Uint8Array(nonceBytes + data.length + tagBytes);
    sealed.set(nonce);
    sealed.set(cipher.update(data), nonceBytes);
    // A stream cipher keeps nothing back: this makes the tag, and no more bytes.
    cipher.final();
    sealed.set(cipher.getAuthTag(), nonceBytes + data.length);
    return sealed;
  },
  decrypt({ key }, { data, aad }) {
    if (data.length < nonceBytes + tagBytes) throw new Error('length');
    const decipher = createDecipheriv(gcmName(key), key, data.subarray(0, nonceBytes), { authTagLength: tagBytes });
    if (aad) decipher.setAAD(aad);
    decipher.setAuthTag(data.subarray(data.length - tagBytes));
    return concat(decipher.update(data.subarray(nonceBytes, data.length - tagBytes)), decipher.final());
  },
};

/** Random nonces are drawn by the hundred: one by one they would cost a fifth of the encryption of a short text. */
const drawn = { bytes: new Uint8Array(), used: 0 };
const drawnAtOnce = 100 * nonceBytes;

/** A nonce that nobody had before. */
function freshNonce(): Uint8Array {
  if (drawn.used === drawn.bytes.length) {
    drawn.bytes = randomBytes(drawnAtOnce);
    drawn.used = 0;
  }
  const nonce = drawn.bytes.subarray(drawn.used, drawn.used + nonceBytes);
  drawn.used += nonceBytes;
  return nonce;
}

/** NIST SP 800-38A with a random IV and PKCS#7 padding: iv || ciphertext. */
export const aesCbc: MechanismRow = {
  mechanism: 'AES_CBC',
  encrypt({ key }, { data }) {
    const iv = randomBytes(blockBytes);
    const cipher = createCipheriv(`aes-${bits(key)}-cbc`, key, iv);
    return concat(iv, cipher.update(data), cipher.final());
  },
  decrypt({ key }, { data }) {
    if (data.length < 2 * blockBytes || data.length % blockBytes !== 0) throw new Error('length');
    const decipher = createDecipheriv(`aes-${bits(key)}-cbc`, key, data.subarray(0, blockBytes));
    return concat(decipher.update(data.subarray(blockBytes)), decipher.final());
  },
};

/** RFC 3394: material of at least 16 bytes, a multiple of 8. */
export const aesKw: MechanismRow = {
  mechanism: 'AES_KW',
  wrap: (handle, material) => keyWrap(handle, 'wrap', keyWrapIv, material),
  unwrap: (handle, wrapped) => keyUnwrap(handle, 'wrap', keyWrapIv, wrapped),
};

/** RFC 5649: material of any length. */
export const aesKwp: MechanismRow = {
  mechanism: 'AES_KWP',
  wrap: (handle, material) => keyWrap(handle, 'wrap-pad', paddedKeyWrapIv, material),
  unwrap: (handle, wrapped) => keyUnwrap(handle, 'wrap-pad', paddedKeyWrapIv, wrapped),
};

/** One `update` with the whole material: a second call would silently start an independent wrap. */
function keyWrap({ key }: KeyHandle, name: string, iv: Uint8Array, material: Uint8Array): Uint8Array {
  const cipher = createCipheriv(`id-aes${bits(key)}-${name}`, key, iv);
  return concat(cipher.update(material), cipher.final());
}

function keyUnwrap({ key }: KeyHandle, name: string, iv: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(`id-aes${bits(key)}-${name}`, key, iv);
  return plain(Buffer.concat([decipher.update(wrapped), decipher.final()]));
}

function bits(key: KeyObject): number {
  return (key.symmetricKeySize ?? 0) * 8;
}

function gcmName(key: KeyObject): 'aes-256-gcm' {
  // The type names one GCM for all sizes: its overload is what gives `setAAD` and `getAuthTag`.
  return `aes-${bits(key)}-gcm` as 'aes-256-gcm';
}
