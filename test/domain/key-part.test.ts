import { argon2id } from '@noble/hashes/argon2.js';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  combineKeyParts,
  type KeyPartFile,
  newKeyParts,
  openKeyPart,
  readKeyPartFile,
  sealKeyPart,
  verificationPatternOf,
} from '../../src/domain/key-part.js';

const bytes = (length: number, first: number) => Uint8Array.from({ length }, (_, i) => (first + i * 7) % 256);
const passphrase = 'pässword pässword';

describe('master key parts', () => {
  test('combine by XOR into the key that each of them names', () => {
    const parts = newKeyParts('set-1', 3, bytes(96, 5));
    const key = combineKeyParts(parts.map((part) => part.bytes));
    expect(parts.map((part) => [part.part, part.total])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    for (const part of parts) expect(part.masterKeyPattern).toEqual(verificationPatternOf(key));
    expect(verificationPatternOf(combineKeyParts(parts.slice(1).map((part) => part.bytes)))).not.toEqual(verificationPatternOf(key));
  });

  describe('a file', () => {
    const part = newKeyParts('set-1', 2, bytes(64, 9))[1];
    let file: KeyPartFile;
    // Deriving a key from a passphrase is slow on purpose: one file serves all.
    beforeAll(async () => {
      if (!part) throw new Error('no part');
      file = readKeyPartFile(JSON.stringify(await sealKeyPart(part, passphrase, bytes(28, 1))));
    });

    test('opens with its passphrase, typed in any normal form, and with no other', async () => {
      expect(await openKeyPart(file, 'pa\u0308ssword pa\u0308ssword')).toEqual(part);
      await expect(openKeyPart(file, 'pässword passwort')).rejects.toMatchObject({ code: 'KEY_PART_INVALID' });
      expect(JSON.stringify(file)).not.toContain(Buffer.from(part?.bytes ?? []).toString('base64'));
    });

    test('that was altered is refused', async () => {
      const altered = [
        { ...file, part: 1 },
        { ...file, masterKeyPattern: '00'.repeat(32) },
        { ...file, encrypted: file.encrypted.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) },
      ];
      for (const other of altered) await expect(openKeyPart(other, passphrase)).rejects.toMatchObject({ code: 'KEY_PART_INVALID' });
    });

    test('that is none, or asks for too much memory, is refused before the passphrase is used', () => {
      const broken = ['', '{', 'null', '[]', '{}', JSON.stringify({ ...file, kdf: { ...file.kdf, memoryKiB: 2 ** 31 } })];
      for (const text of broken) expect(() => readKeyPartFile(text)).toThrow(expect.objectContaining({ code: 'KEY_PART_INVALID' }));
    });
  });

  test('argon2id is the one of RFC 9106, section 5.3', () => {
    const tag = argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
      t: 3,
      m: 32,
      p: 4,
      key: new Uint8Array(8).fill(3),
      personalization: new Uint8Array(12).fill(4),
      dkLen: 32,
    });
    expect(Buffer.from(tag).toString('hex')).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659');
  });
});
