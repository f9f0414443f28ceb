/** S7: the search for secrets finds them in every form; `npm run test:long` uses it on one run of everything. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { searchFor, secretForms } from './secret-search.js';

describe('S7: the search', () => {
  const secret = { name: 'planted', bytes: new Uint8Array(randomBytes(48)) };
  const search = searchFor([secret]);

  it.each(Object.keys(secretForms))('finds what is written as %s, at its beginning and at its end, alone', (form) => {
    const write = secretForms[form];
    for (const part of [secret.bytes.subarray(0, 16), secret.bytes.subarray(32)]) {
      const planted = Buffer.concat([randomBytes(1001), Buffer.from(write?.(Buffer.from(part)) ?? ''), randomBytes(1001)]);
      expect(search.inBytes('here', planted)).toContainEqual({ secret: 'planted', form, place: 'here', offset: 1001 });
    }
  });

  it.each([0, 1, 2])('finds base64 of a longer text that holds it after %i bytes', (before) => {
    const text = Buffer.concat([randomBytes(30 + before), secret.bytes, randomBytes(20)]);
    for (const encoding of ['base64', 'base64url'] as const)
      expect(search.inBytes('here', Buffer.from(JSON.stringify({ a: text.toString(encoding) }))).length).toBeGreaterThan(1);
  });

  it('finds it across the pieces that a file is read in, and nothing where nothing is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kyok-search-'));
    const file = join(folder, 'large');
    writeFileSync(file, Buffer.concat([Buffer.alloc(8 * 1024 * 1024 - 7), secret.bytes, Buffer.alloc(100)]));
    expect(search.inFolder(folder).map(({ offset }) => offset)).toEqual([8 * 1024 * 1024 - 7, 8 * 1024 * 1024 - 7 + 32]);
    writeFileSync(file, randomBytes(1_000_000));
    expect(search.inFolder(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
