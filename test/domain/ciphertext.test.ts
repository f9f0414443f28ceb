import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ciphertextAad, ciphertextHeader, ciphertextHeaderLength, readCiphertext } from '../../src/domain/ciphertext.js';

const headers = fc.record({
  mechanism: fc.constantFrom('AES_GCM', 'AES_CBC', 'RSA_OAEP_SHA256', 'RSA_OAEP_SHA1'),
  keyId: fc.uuid(),
  version: fc.integer({ min: 1, max: 0xffffffff }),
});

test('the layout is as documented', () => {
  const bytes = ciphertextHeader({ mechanism: 'AES_GCM', keyId: '00112233-4455-6677-8899-aabbccddeeff', version: 258 });
  expect(bytesToHex(bytes)).toBe(`6b796f6b0101${'00112233445566778899aabbccddeeff'}00000102`);
  expect(bytes).toHaveLength(ciphertextHeaderLength);
});

test('what is written is read back, from any place in a buffer', () => {
  fc.assert(
    fc.property(headers, fc.uint8Array(), fc.uint8Array({ maxLength: 9 }), (head, body, before) => {
      const header = ciphertextHeader(head);
      const whole = concatBytes(before, header, body).subarray(before.length);
      expect(readCiphertext(whole)).toEqual({ ...head, header, body });
    }),
  );
});

test('anything else is no ciphertext of ours, and never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(readCiphertext(bytes)).toBeUndefined();
    }),
  );
  const header = ciphertextHeader({ mechanism: 'AES_GCM', keyId: '00112233-4455-6677-8899-aabbccddeeff', version: 1 });
  expect(readCiphertext(header.with(0, 0))).toBeUndefined();
  expect(readCiphertext(header.with(4, 2))).toBeUndefined();
  expect(readCiphertext(header.with(5, 9))).toBeUndefined();
  expect(readCiphertext(header.with(25, 0))).toBeUndefined();
  expect(readCiphertext(header.slice(0, -1))).toBeUndefined();
});

test('the header is authenticated in front of the caller’s data', () => {
  const header = ciphertextHeader({ mechanism: 'AES_GCM', keyId: '00112233-4455-6677-8899-aabbccddeeff', version: 1 });
  expect(ciphertextAad(header)).toEqual(header);
  expect(ciphertextAad(header, Uint8Array.of(1, 2))).toEqual(concatBytes(header, Uint8Array.of(1, 2)));
});

test('a mechanism that does not encrypt data has no header', () => {
  expect(() => ciphertextHeader({ mechanism: 'EDDSA', keyId: '00112233-4455-6677-8899-aabbccddeeff', version: 1 })).toThrow(
    expect.objectContaining({ code: 'MECHANISM_UNSUPPORTED' }),
  );
});
