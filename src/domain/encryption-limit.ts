import type { Mechanism } from './algorithms.js';

/** How many encryptions one key version may do. */
export interface EncryptionLimit {
  /** From this count on the key is rotated by itself. */
  readonly rotateAt: number;
  /** No encryption beyond this count. */
  readonly refuseAt: number;
}

/**
 * NIST SP 800-38D, section 8.3: with random 96-bit nonces at most 2^32 invocations under one key, so that two of them
 * share a nonce with a probability below 2^-32. Half of it is left for the rotation to come about.
 */
export const gcmEncryptionLimit: EncryptionLimit = { rotateAt: 2 ** 31, refuseAt: 2 ** 32 };

/** Whether encryptions by a mechanism count against the limit: those that draw a nonce that must not come twice. */
export function countsEncryptions(mechanism: Mechanism): boolean {
  return mechanism === 'AES_GCM';
}

/** A limit's largest block is this part of it (2^20 of 2^32), and the smallest this part of the largest. */
const largestPart = 2 ** 12;
const smallestPart = 2 ** 10;

/**
 * Encryptions that a server sets aside at once, so that not each one is written down: as many as it has made since its
 * start, within bounds. What a crash leaves unused counts as made; so a version loses no more than it has used and 1,024.
 */
export function encryptionBlock({ refuseAt }: EncryptionLimit, madeSinceStart: number): number {
  const largest = Math.max(1, Math.floor(refuseAt / largestPart));
  const smallest = Math.max(1, Math.floor(largest / smallestPart));
  return Math.min(largest, Math.max(smallest, madeSinceStart));
}
