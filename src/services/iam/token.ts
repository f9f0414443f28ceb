/** The bearer token of an API key: `kyok_` and the 32 bytes of the secret in base64url without padding. */
import { fromBase64, toBase64 } from '../../domain/base64.js';

export const secretLength = 32;
const form = /^kyok_[A-Za-z0-9_-]{43}$/;

export function tokenOf(secret: Uint8Array): string {
  return `kyok_${toBase64(secret).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** The secret in a token; `undefined` for anything that is not one. */
export function secretOf(token: string): Uint8Array | undefined {
  if (!form.test(token)) return undefined;
  try {
    return fromBase64(`${token.slice(5).replaceAll('-', '+').replaceAll('_', '/')}=`);
  } catch {
    return undefined;
  }
}
