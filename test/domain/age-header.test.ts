import { Decrypter, generateIdentity } from 'age-encryption';
import { describe, expect, test } from 'vitest';
import { boundedHeader } from '../../src/domain/age-header.js';

/** Bytes without a line's end, for as long as somebody reads. */
async function* endless(given: { bytes: number }): AsyncGenerator<Uint8Array, void, void> {
  const chunk = new Uint8Array(1024 * 1024).fill(0x61);
  for (; given.bytes < 256 * 1024 * 1024; given.bytes += chunk.length) yield chunk;
}

describe('the header of an age file', () => {
  test('that does not end is read no further than its bound', async () => {
    const decrypter = new Decrypter();
    decrypter.addIdentity(await generateIdentity());
    const given = { bytes: 0 };
    const { chunks } = boundedHeader(endless(given));
    const reading = decrypter.decrypt(ReadableStream.from(chunks) as ReadableStream<Uint8Array>);
    await expect(reading).rejects.toThrow(/header of the file does not end/);
    expect(given.bytes).toBeLessThan(8 * 1024 * 1024);
  });

  test('bounds nothing that follows it', async () => {
    const given = { bytes: 0 };
    const { chunks, ended } = boundedHeader(endless(given));
    ended();
    let read = 0;
    for await (const chunk of chunks) read += chunk.length;
    expect(read).toBe(given.bytes);
  });
});
