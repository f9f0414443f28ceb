import { EstateError } from './errors.js';

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

/**
 * The bytes of standard base64 in its one canonical form: padded, no white space, no stray bits.
 * @throws EstateError INPUT_INVALID
 */
export function fromBase64(text: string): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw notBase64();
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (toBase64(bytes) !== text) throw notBase64();
  return bytes;
}

function notBase64(): EstateError {
  return new EstateError('INPUT_INVALID', { issues: [{ path: '', message: 'must be base64' }] });
}
