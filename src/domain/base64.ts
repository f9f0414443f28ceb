import { EstateError } from './errors.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const sextets = new Uint8Array(128);
for (const [value, character] of [...alphabet].entries()) sextets[character.charCodeAt(0)] = value;

/** Bytes that become arguments of one call. */
const chunkBytes = 8_192;

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += chunkBytes) text += latin1(bytes.subarray(start, start + chunkBytes));
  return btoa(text);
}

/** Each byte as the character of its number. */
function latin1(bytes: Uint8Array): string {
  // Spread, the bytes would be taken one by one out of an iterator.
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Padded, no white space, and no bit set in the last character that no byte holds. */
const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/**
 * The bytes of standard base64 in its one canonical form: padded, no white space, no stray bits.
 * @throws EstateError INPUT_INVALID
 */
export function fromBase64(text: string): Uint8Array {
  if (!canonical.test(text)) throw notBase64();
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let from = 0, to = 0; from < text.length; from += 4, to += 3) {
    // The padding counts as zeros, and what it would write lies beyond the end.
    const group = (sextet(text, from) << 18) | (sextet(text, from + 1) << 12) | (sextet(text, from + 2) << 6) | sextet(text, from + 3);
    bytes[to] = group >> 16;
    bytes[to + 1] = group >> 8;
    bytes[to + 2] = group;
  }
  return bytes;
}

function sextet(text: string, position: number): number {
  return sextets[text.charCodeAt(position)] ?? 0;
}

function notBase64(): EstateError {
  return new EstateError('INPUT_INVALID', { issues: [{ path: '', message: 'must be base64' }] });
}
