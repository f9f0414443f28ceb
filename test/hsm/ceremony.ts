import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { combineKeyParts, verificationPatternOf } from '../../src/domain/key-part.js';
import type { Hsm } from '../../src/hsm/contract.js';

/** Parts with known bytes, so that what must not show up anywhere can be searched for. */
export const parts = [new Uint8Array(32).fill(0x41), Uint8Array.from({ length: 32 }, (_, i) => i + 1)] as const;
export const masterKey = combineKeyParts(parts);
export const pattern = verificationPatternOf(masterKey);

/** Loads parts the way the command line does: each encrypted for every unit. */
export async function loadParts(hsm: Hsm, bytes: readonly Uint8Array[] = parts): Promise<void> {
  for (const [i, part] of bytes.entries()) await loadPart(hsm, i + 1, bytes.length, part);
}

export async function loadPart(hsm: Hsm, part: number, total: number, bytes: Uint8Array): Promise<void> {
  const byUnit = (await hsm.masterKey.importers()).map(({ unit, publicKey }) => {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    const oaep = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    return { unit, encrypted: new Uint8Array(publicEncrypt(oaep, bytes)) };
  });
  await hsm.masterKey.loadPart({ part, total, byUnit });
}

export async function unseal(hsm: Hsm, bytes: readonly Uint8Array[] = parts): Promise<void> {
  await loadParts(hsm, bytes);
  await hsm.masterKey.commit(verificationPatternOf(combineKeyParts(bytes)));
  await hsm.masterKey.activate(verificationPatternOf(combineKeyParts(bytes)));
}
