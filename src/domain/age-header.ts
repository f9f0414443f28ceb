/** A bound on the header of an age file: the library reads lines of any length into memory until the header has ended. */

/** Bytes that may be read before the header has ended; a header for a hundred recipients has 20 kB. */
const mostHeaderBytes = 4 * 1024 * 1024;

export interface BoundedHeader {
  /** The same bytes; throws where the header does not end. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The header has ended: what follows may be of any size. */
  ended(): void;
}

/** An age file, of which nobody knows who wrote it. */
export function boundedHeader(source: AsyncIterable<Uint8Array>): BoundedHeader {
  let isHeader = true;
  async function* passing(): AsyncGenerator<Uint8Array, void, void> {
    let read = 0;
    for await (const chunk of source) {
      read += chunk.length;
      if (isHeader && read > mostHeaderBytes) throw new RangeError('the header of the file does not end');
      yield chunk;
    }
  }
  return {
    chunks: passing(),
    ended: () => {
      isHeader = false;
    },
  };
}
