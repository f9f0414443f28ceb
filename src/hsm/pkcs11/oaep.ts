/** RSA-OAEP's encoding (RFC 8017, section 7.1.2, step 3), for modules that know it with SHA-1 only. */
import { createHash } from 'node:crypto';

/**
 * The message in a decrypted block of the modulus' length, or `null`. What is wrong with a block shows neither in the
 * answer nor in which steps are taken: an attacker who could tell would decrypt with it (Manger's attack).
 */
export function openOaep(block: Uint8Array, hash: string): Uint8Array | null {
  const labelHash = createHash(hash).digest();
  const hashBytes = labelHash.length;
  if (block.length < 2 * hashBytes + 2) return null;
  const maskedData = block.subarray(1 + hashBytes);
  const seed = masked(block.subarray(1, 1 + hashBytes), maskedData, hash);
  const data = masked(maskedData, seed, hash);
  let wrong = block[0] ?? 1;
  for (let i = 0; i < hashBytes; i += 1) wrong |= (data[i] ?? 0) ^ (labelHash[i] ?? 0);
  let isLooking = -1;
  let from = 0;
  for (let i = hashBytes; i < data.length; i += 1) {
    const byte = data[i] ?? 0;
    const isSeparator = isZero(byte ^ 1) & isLooking;
    from |= isSeparator & (i + 1);
    isLooking &= ~isSeparator;
    wrong |= isLooking & byte;
  }
  wrong |= isLooking;
  return wrong === 0 ? data.slice(from) : null;
}

/** All bits set for a zero byte, none for another. */
function isZero(byte: number): number {
  return (byte - 1) >> 31;
}

/** MGF1 (appendix B.2.1) over `seed`, laid upon `bytes`. */
function masked(bytes: Uint8Array, seed: Uint8Array, hash: string): Uint8Array {
  const mask: Buffer[] = [];
  const hashBytes = createHash(hash).digest().length;
  for (let counter = 0; counter * hashBytes < bytes.length; counter += 1) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    mask.push(createHash(hash).update(seed).update(number).digest());
  }
  const laid = Buffer.concat(mask);
  return bytes.map((byte, i) => byte ^ (laid[i] ?? 0));
}
