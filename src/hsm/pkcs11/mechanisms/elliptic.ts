import { createHash, verify } from 'node:crypto';
import type { Mechanism } from '../../../domain/algorithms.js';
import { hashOf } from '../../hashes.js';
import { ck, type Handle, input, output } from '../cryptoki.js';
import { bytesOf } from '../objects.js';
import type { Token } from '../token.js';
import type { MechanismRow } from './mechanism.js';

const maxSignatureBytes = 256;

/**
 * FIPS 186-5, section 6; signatures are raw r || s. The data is hashed here: many modules sign digests only. Of a digest
 * longer than the curve's order its leftmost bits count.
 */
export function ecdsa(mechanism: Mechanism): MechanismRow {
  const hash = hashOf(mechanism);
  return {
    mechanism,
    sign(token, key, data) {
      const digest = createHash(hash).update(data).digest().subarray(0, bytesOf(key.spec));
      return signed(token, ck.CKM_ECDSA, key.object(), digest);
    },
    verify: (_token, { publicKey }, data, signature) =>
      publicKey !== null && verify(hash, data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature),
  };
}

/** RFC 8032, pure Ed25519. */
export const eddsa: MechanismRow = {
  mechanism: 'EDDSA',
  sign: (token, key, data) => signed(token, ck.CKM_EDDSA, key.object(), data),
  verify: (_token, { publicKey }, data, signature) => publicKey !== null && verify(null, data, publicKey, signature),
};

function signed(token: Token, mechanism: number, key: Handle, data: Uint8Array): Uint8Array {
  return token.inSession((module, session) => {
    module.C_SignInit(session, { mechanism }, key);
    return output(module.C_Sign(session, input(data), Buffer.alloc(maxSignatureBytes)));
  });
}
