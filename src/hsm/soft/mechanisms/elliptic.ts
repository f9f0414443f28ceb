import { createPublicKey, diffieHellman, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';
import type { Mechanism } from '../../../domain/algorithms.js';
import { equalBytes, plain } from '../../bytes.js';
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

/**
 * A public key from DER; OpenSSL refuses points that are not on their curve. Of elliptic curves only those that are given
 * by name, with their point uncompressed (RFC 5480, section 2): OpenSSL would also take curves by their parameters, some
 * of them false.
 */
export function publicKeyFrom(spki: Uint8Array): KeyObject {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  if (key.asymmetricKeyType === 'ec' && !equalBytes(spki, byCurveName(key))) throw new Error('encoding');
  return key;
}

function byCurveName(key: KeyObject): Uint8Array {
  const named = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' });
  return plain(named.export({ type: 'spki', format: 'der' }));
}
