import { timingSafeEqual } from 'node:crypto';

/** The same bytes as a plain Uint8Array, without a copy: node:crypto answers Buffers, whose methods differ. */
export function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return plain(Buffer.concat(parts));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Comparison in constant time for equal lengths; lengths are no secret here. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
