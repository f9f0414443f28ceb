import { randomBytes } from 'node:crypto';
import type { Mechanism } from '../../../domain/algorithms.js';
import { concat } from '../../bytes.js';
import { ck, type Handle, input, type MechanismCall, output } from '../cryptoki.js';
import type { Token } from '../token.js';
import type { MechanismRow } from './mechanism.js';

const nonceBytes = 12;
const tagBytes = 16;
const blockBytes = 16;
const keyWrapAdds = 8;
/** What key wrap adds to material: a block, and padding. */
const wrapOverhead = 64;
/** An RSA-4096 private key as PKCS#8 is about 2,400 bytes. */
const maxWrappedBytes = 16_384;

/** NIST SP 800-38D with a random 96-bit nonce of this process: nonce || ciphertext || tag. */
export const aesGcm: MechanismRow = {
  mechanism: 'AES_GCM',
  hasAad: true,
  encrypt(token, key, { data, aad }) {
    const nonce = randomBytes(nonceBytes);
    return concat(nonce, encrypted(token, gcm(nonce, aad), key.object(), data));
  },
  decrypt(token, key, { data, aad }) {
    if (data.length < nonceBytes + tagBytes) throw new Error('length');
    return decrypted(token, gcm(data.subarray(0, nonceBytes), aad), key.object(), data.subarray(nonceBytes));
  },
};

/** NIST SP 800-38A with a random IV of this process and PKCS#7 padding: iv || ciphertext. */
export const aesCbc: MechanismRow = {
  mechanism: 'AES_CBC',
  encrypt(token, key, { data }) {
    const iv = randomBytes(blockBytes);
    return concat(iv, encrypted(token, { mechanism: ck.CKM_AES_CBC_PAD, parameter: iv }, key.object(), data));
  },
  decrypt(token, key, { data }) {
    if (data.length < 2 * blockBytes || data.length % blockBytes !== 0) throw new Error('length');
    const call = { mechanism: ck.CKM_AES_CBC_PAD, parameter: input(data.subarray(0, blockBytes)) };
    return decrypted(token, call, key.object(), data.subarray(blockBytes));
  },
};

/** RFC 3394. */
export const aesKw = keyWrap('AES_KW', ck.CKM_AES_KEY_WRAP);
/** RFC 5649. */
export const aesKwp = keyWrap('AES_KWP', ck.CKM_AES_KEY_WRAP_PAD);

/** AES key wrap with padding of an object by an object. */
export function wrapObject(token: Token, wrappingKey: Handle, target: Handle): Uint8Array {
  return wrapped(token, ck.CKM_AES_KEY_WRAP_PAD, wrappingKey, target);
}

/**
 * Bytes of a secret: modules need not tell those of one that came in wrapped. Key wrap without padding adds exactly 8, and
 * takes no secret that would need padding; what it gives is let go.
 */
export function secretLength(token: Token, secret: Handle, wrappingKey: Handle): number {
  return wrapped(token, ck.CKM_AES_KEY_WRAP, wrappingKey, secret).length - keyWrapAdds;
}

/** First 3 bytes of AES-ECB over a zero block. */
export function encryptedZero(token: Token, key: Handle): Uint8Array {
  return encrypted(token, { mechanism: ck.CKM_AES_ECB }, key, new Uint8Array(blockBytes)).subarray(0, 3);
}

function keyWrap(mechanism: Mechanism, number: number): MechanismRow {
  return {
    mechanism,
    wrap: (token, key, target) => wrapped(token, number, key.object(), target),
    unwrap: (token, key, material, template) =>
      token.call((module, home) => module.C_UnwrapKey(home, { mechanism: number }, key.object(), input(material), template)),
  };
}

function wrapped(token: Token, mechanism: number, wrappingKey: Handle, target: Handle): Uint8Array {
  const room = Buffer.alloc(maxWrappedBytes + wrapOverhead);
  return token.call((module, home) => output(module.C_WrapKey(home, { mechanism }, wrappingKey, target, room)));
}

function gcm(nonce: Uint8Array, aad: Uint8Array | undefined): MechanismCall {
  const parameter = {
    type: ck.PARAMETER_AES_GCM,
    iv: input(nonce),
    ivBits: nonceBytes * 8,
    tagBits: tagBytes * 8,
    ...(aad && aad.length > 0 ? { aad: input(aad) } : {}),
  };
  return { mechanism: ck.CKM_AES_GCM, parameter };
}

function encrypted(token: Token, call: MechanismCall, key: Handle, data: Uint8Array): Uint8Array {
  return token.inSession((module, session) => {
    module.C_EncryptInit(session, call, key);
    return output(module.C_Encrypt(session, input(data), Buffer.alloc(data.length + 2 * blockBytes)));
  });
}

function decrypted(token: Token, call: MechanismCall, key: Handle, data: Uint8Array): Uint8Array {
  return token.inSession((module, session) => {
    module.C_DecryptInit(session, call, key);
    return output(module.C_Decrypt(session, input(data), Buffer.alloc(data.length + 2 * blockBytes)));
  });
}
