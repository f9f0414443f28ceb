import { createHmac } from 'node:crypto';
import type { Mechanism } from '../../../domain/algorithms.js';
import { equalBytes, plain } from '../../bytes.js';
import { hashOf } from '../../hashes.js';
import type { KeyHandle } from '../key-kinds.js';
import type { MechanismRow } from './mechanism.js';

/** FIPS 198-1 with SHA-2; tags are as long as the hash. */
export function hmac(mechanism: Mechanism): MechanismRow {
  const tag = ({ key }: KeyHandle, data: Uint8Array) => plain(createHmac(hashOf(mechanism), key).update(data).digest());
  return { mechanism, sign: tag, verify: (handle, data, signature) => equalBytes(tag(handle, data), signature) };
}
