import { EstateError } from './errors.js';

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/**
 * The bytes of standard base64 in its one canonical form: padded, no white space, no stray bits.
 * @throws EstateError INPUT_INVALID
 */
export function fromBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // Node reads over whatever is no base64: only the one text that the bytes have may stand for them.
  if (bytes.toString('base64') !== text) throw notBase64();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function notBase64(): EstateError {
  return new EstateError('INPUT_INVALID', { issues: [{ path: '', message: 'must be base64' }] });
}
