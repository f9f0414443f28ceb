import { describe, expect, test } from 'vitest';
import { type BlobContent, openBlob, sealBlob } from '../../src/hsm/soft/key-blob.js';
import { masterKeyOf } from '../../src/hsm/soft/registers.js';

const masterKey = masterKeyOf(new Uint8Array(32).fill(3));
const context = { keyId: 'key', version: 7, vaultId: 'vault' };
const content: BlobContent = {
  spec: { algorithm: 'AES', size: '256' },
  attributes: { usages: ['ENCRYPT'], extractable: true },
  isLocal: true,
  material: new Uint8Array(32).fill(9),
};
const masterKeyIdAt = { from: 6, to: 22 };

describe('key blobs', () => {
  test('open to what was put in, and never look alike', () => {
    const blob = sealBlob(masterKey, content, context);
    expect(openBlob(masterKey, blob, context)).toEqual(content);
    expect(sealBlob(masterKey, content, context)).not.toEqual(blob);
    expect(Buffer.from(blob).includes(Buffer.from(content.material))).toBe(false);
  });

  test('S13: one byte of a blob flipped, anywhere, in any bit: refused', () => {
    const blob = sealBlob(masterKey, content, context);
    for (let at = 0; at < blob.length; at += 1) {
      // Another master key id cannot be told from another master key.
      const isMasterKeyId = at >= masterKeyIdAt.from && at < masterKeyIdAt.to;
      for (const bit of [0x01, 0x80, 0xff]) {
        const altered = blob.map((byte, i) => (i === at ? byte ^ bit : byte));
        const refusal = expect.objectContaining({ code: isMasterKeyId ? 'MASTER_KEY_MISMATCH' : 'BLOB_REFUSED' });
        expect(() => openBlob(masterKey, altered, context), `byte ${at}`).toThrow(refusal);
      }
    }
  });

  test('S13: shortened, lengthened or swapped with another: refused', () => {
    const blob = sealBlob(masterKey, content, context);
    const other = sealBlob(masterKey, content, { ...context, keyId: 'other' });
    const refusal = expect.objectContaining({ code: 'BLOB_REFUSED' });
    for (let length = 0; length < blob.length; length += 1) {
      expect(() => openBlob(masterKey, blob.subarray(0, length), context)).toThrow(refusal);
    }
    expect(() => openBlob(masterKey, new Uint8Array([...blob, 0]), context)).toThrow(refusal);
    expect(() => openBlob(masterKey, other, context)).toThrow(refusal);
    expect(() => openBlob(masterKey, blob, null)).toThrow(refusal);
    // Neighbouring fields must not flow into each other.
    expect(() => openBlob(masterKey, blob, { keyId: 'keyv', version: 7, vaultId: 'ault' })).toThrow(refusal);
  });

  test('a blob under another master key is refused as such', () => {
    const blob = sealBlob(masterKeyOf(new Uint8Array(32).fill(4)), content, context);
    expect(() => openBlob(masterKey, blob, context)).toThrow(expect.objectContaining({ code: 'MASTER_KEY_MISMATCH' }));
  });
});
