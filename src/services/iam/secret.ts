import { randomBytes } from '@noble/hashes/utils.js';
import { secretLength } from './token.js';

/** A new API key secret. It comes from the operating system and not from the HSM, so that a sealed server can give one too. */
export function newSecret(): Uint8Array {
  return randomBytes(secretLength);
}
