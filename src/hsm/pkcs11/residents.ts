/**
 * Keys that live on the token, because the module makes them but does not wrap them (softhsm2: Ed25519). Their blobs
 * hold the object's label instead of the key, authenticated like the rest.
 */
import { type Attribute, ck, type Handle } from './cryptoki.js';
import type { Token } from './token.js';

/** What all of them carry, and the master keys do not. */
const residentId = Buffer.from('kyok resident key', 'utf8');

export function residentAttributes(label: string): Attribute[] {
  return [
    { type: ck.CKA_TOKEN, value: true },
    { type: ck.CKA_LABEL, value: label },
    { type: ck.CKA_ID, value: residentId },
  ];
}

/** @throws Error when the token has no such key (any more) */
export function findResident(token: Token, label: string): Handle {
  const [found, ...others] = token.find([...residentTemplate, { type: ck.CKA_LABEL, value: label }]);
  if (!found || others.length > 0) throw new Error('no such key');
  return found;
}

/** Keys that are destroyed leave the token. */
export function removeResidents(token: Token, isGone: (keyId: string) => boolean): void {
  for (const object of token.find(residentTemplate)) {
    const keyId = keyIdOf(token, object);
    if (keyId !== null && isGone(keyId)) destroyQuietly(token, object);
  }
}

const residentTemplate: readonly Attribute[] = [
  { type: ck.CKA_CLASS, value: ck.CKO_PRIVATE_KEY },
  { type: ck.CKA_TOKEN, value: true },
  { type: ck.CKA_ID, value: residentId },
];

function keyIdOf(token: Token, object: Handle): string | null {
  const [label] = token.call((module, home) => module.C_GetAttributeValue(home, object, [{ type: ck.CKA_LABEL }]));
  return /^kyok key (\S+) \S+$/.exec(Buffer.from(label?.value ?? []).toString('utf8'))?.[1] ?? null;
}

/** Another unit may have been quicker. */
function destroyQuietly(token: Token, object: Handle): void {
  try {
    token.module.C_DestroyObject(token.home, object);
  } catch {
    // It is gone: that was the purpose. What is not gone is tried again when the next unit starts.
  }
}
