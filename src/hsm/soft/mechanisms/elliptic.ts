import { createPublicKey, diffieHellman, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import type { Mechanism } from '../../../domain/algorithms.js';
import { plain } from '../../bytes.js';
import { hashOf } from '../../hashes.js';
import type { MechanismRow } from './mechanism.js';

/** FIPS 186-5, section 6; signatures are raw r || s (IEEE P1363). */
export function ecdsa(mechanism: Mechanism): MechanismRow {
  const hash = hashOf(mechanism);
  return {
    mechanism,
    sign: ({ key }, data) => plain(sign(hash, data, { key, dsaEncoding: 'ieee-p1363' })),
    verify: ({ publicKey }, data, signature) =>
      publicKey !== null && verify(hash, data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
  };
}

/** RFC 8032, pure Ed25519. */
export const eddsa: MechanismRow = {
  mechanism: 'EDDSA',
  sign: ({ key }, data) => plain(sign(null, data, key)),
  verify: ({ publicKey }, data, signature) => publicKey !== null && verify(null, data, publicKey, signature),
};

/** NIST SP 800-56A ECDH (x coordinate), then RFC 5869 with SHA-256, no salt. */
export const ecdhHkdf: MechanismRow = {
  mechanism: 'ECDH_HKDF_SHA256',
  derive({ key }, peer, info, length) {
    if (peer.asymmetricKeyDetails?.namedCurve !== key.asymmetricKeyDetails?.namedCurve) throw new Error('curve');
    const shared = diffieHellman({ privateKey: key, publicKey: peer });
    const derived = new Uint8Array(hkdfSync('sha256', shared, new Uint8Array(), info, length));
    shared.fill(0);
    return derived;
  },
};

/** A public key from DER; OpenSSL refuses points that are not on their curve. */
export function publicKeyFrom(spki: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}
