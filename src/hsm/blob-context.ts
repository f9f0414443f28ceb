/** How a blob's context is written where it is authenticated. */
import type { BlobContext } from '../domain/key-blob.js';
import { concat } from './bytes.js';

/** Bytes that stand for a context in authenticated data and in cache keys; different contexts never share them. */
export function encodeContext(context: BlobContext | null): Uint8Array {
  if (!context) return Uint8Array.of(0);
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(context.version));
  const vault = context.vaultId === null ? Uint8Array.of(0) : concat(Uint8Array.of(1), prefixed(context.vaultId));
  return concat(Uint8Array.of(1), prefixed(context.keyId), number, vault);
}

function prefixed(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return concat(length, bytes);
}
