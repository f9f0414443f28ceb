import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../../src/domain/base64.js';

describe('base64 (RFC 4648 section 4)', () => {
  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('section 10: %j is %s', (text, encoded) => {
    const bytes = new TextEncoder().encode(text);
    expect(toBase64(bytes)).toBe(encoded);
    expect(fromBase64(encoded)).toEqual(bytes);
  });

  test('is what others make of any bytes, and back', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 8_190, maxLength: 8_200 }));
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toBase64(value)).toBe(Buffer.from(value).toString('base64'));
        expect(Buffer.from(fromBase64(toBase64(value))).equals(value)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('only the one text of each value is taken', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9+/=]{0,12}$/), (text) => {
        const isCanonical = Buffer.from(text, 'base64').toString('base64') === text;
        let isTaken = true;
        try {
          fromBase64(text);
        } catch {
          isTaken = false;
        }
        expect(isTaken).toBe(isCanonical);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each(['Zg', 'Zg=', 'Zh==', 'Zm9=', 'Zm9v\n', ' Zm9v', 'Zm9v====', '=', 'Zm_v', 'Zé=='])('%j is refused', (text) => {
    expect(() => fromBase64(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});
