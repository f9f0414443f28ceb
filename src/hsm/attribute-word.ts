/** EP11's clear attribute word (8 bytes, big-endian) and the usages it stands for. */
import { type KeyUsage, keyUsages } from '../domain/algorithms.js';
import type { KeyAttributes } from './contract.js';

const extractableBit = 0x1n;
const neverExtractableBit = 0x2n;
/** The key was made inside and never came in wrapped. */
const localBit = 0x20n;

/** EP11's bit of each usage. */
const usageBits: Readonly<Record<KeyUsage, bigint>> = {
  SIGN: 0x100n,
  DECRYPT: 0x400n,
  ENCRYPT: 0x800n,
  DERIVE: 0x1000n,
  UNWRAP: 0x2000n,
  WRAP: 0x4000n,
  VERIFY: 0x8000n,
};

const knownBits = Object.values(usageBits).reduce((word, bit) => word | bit, extractableBit | neverExtractableBit | localBit);

export function attributeWord(attributes: KeyAttributes, isLocal: boolean): bigint {
  let word = isLocal ? localBit : 0n;
  if (attributes.extractable) word |= extractableBit;
  else if (isLocal) word |= neverExtractableBit;
  for (const usage of attributes.usages) word |= usageBits[usage];
  return word;
}

/** The attributes in a word, or `null` when it carries a bit this engine does not know and so could not enforce. */
export function attributesOf(word: bigint): { readonly attributes: KeyAttributes; readonly isLocal: boolean } | null {
  if ((word & ~knownBits) !== 0n) return null;
  return {
    attributes: {
      usages: keyUsages.filter((usage) => (word & usageBits[usage]) !== 0n),
      extractable: (word & extractableBit) !== 0n,
    },
    isLocal: (word & localBit) !== 0n,
  };
}
