import { EstateError } from '../../domain/errors.js';

const lineFeed = 0x0a;
/** No row, event or part of a file comes near it; without a bound one line could take all memory. */
const longestLine = 64 * 1024 * 1024;

/**
 * The lines of a stream of bytes, each with its line feed.
 * @throws EstateError BACKUP_DAMAGED when the last line is not ended
 */
export async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      yield joined([...parts, chunk.subarray(start, end + 1)]);
      parts = [];
      length = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > longestLine) throw new EstateError('BACKUP_DAMAGED', { reason: 'a line without an end' });
  }
  if (length > 0) throw new EstateError('BACKUP_DAMAGED', { reason: 'it ends too early' });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
