import { defaultMechanism, type KeySpec, type Mechanism } from '../../../domain/algorithms.js';
import { equalBytes } from '../../bytes.js';
import { ck, type Handle, input, output } from '../cryptoki.js';
import type { Token } from '../token.js';
import type { MechanismRow } from './mechanism.js';

const numbers: Readonly<Partial<Record<Mechanism, number>>> = {
  HMAC_SHA256: ck.CKM_SHA256_HMAC,
  HMAC_SHA384: ck.CKM_SHA384_HMAC,
  HMAC_SHA512: ck.CKM_SHA512_HMAC,
};
const maxTagBytes = 64;

/** FIPS 198-1 with SHA-2; tags are as long as the hash. */
export function hmac(mechanism: Mechanism): MechanismRow {
  return {
    mechanism,
    sign: (token, key, data) => tagOf(token, mechanism, key.object(), data),
    verify: (token, key, data, signature) => equalBytes(tagOf(token, mechanism, key.object(), data), signature),
  };
}

/** First 3 bytes of the HMAC over nothing, with the hash of the size's default mechanism. */
export function emptyTag(token: Token, key: Handle, spec: KeySpec): Uint8Array {
  const mechanism = defaultMechanism(spec, 'MAC');
  if (!mechanism) throw new TypeError('no MAC');
  return tagOf(token, mechanism, key, new Uint8Array()).subarray(0, 3);
}

function tagOf(token: Token, mechanism: Mechanism, key: Handle, data: Uint8Array): Uint8Array {
  return token.inSession((module, session) => {
    module.C_SignInit(session, { mechanism: numbers[mechanism] ?? 0 }, key);
    return output(module.C_Sign(session, input(data), Buffer.alloc(maxTagBytes)));
  });
}
