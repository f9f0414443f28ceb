/** Templates of the objects that stand for keys while they are in use. */
import { type KeySpec, type KeyUsage, sizeDescriptor } from '../../domain/algorithms.js';
import { type Attribute, ck } from './cryptoki.js';

const keyTypes = {
  AES: { class: ck.CKO_SECRET_KEY, keyType: ck.CKK_AES },
  HMAC: { class: ck.CKO_SECRET_KEY, keyType: ck.CKK_GENERIC_SECRET },
  RSA: { class: ck.CKO_PRIVATE_KEY, keyType: ck.CKK_RSA },
  EC: { class: ck.CKO_PRIVATE_KEY, keyType: ck.CKK_EC },
  ED25519: { class: ck.CKO_PRIVATE_KEY, keyType: ck.CKK_EC_EDWARDS },
} as const;

/** What a usage asks of the object. Unwrapping by RSA may have to be done as decryption, where the module's OAEP is too old. */
const rights: Readonly<Record<KeyUsage, readonly number[]>> = {
  ENCRYPT: [ck.CKA_ENCRYPT],
  DECRYPT: [ck.CKA_DECRYPT],
  SIGN: [ck.CKA_SIGN],
  VERIFY: [ck.CKA_SIGN],
  WRAP: [ck.CKA_WRAP],
  UNWRAP: [ck.CKA_UNWRAP, ck.CKA_DECRYPT],
  DERIVE: [],
};

/** How a usage of a public half is none of its private object's. */
const publicUsages: readonly KeyUsage[] = ['ENCRYPT', 'VERIFY', 'WRAP'];

/** Whether keys of this algorithm are secrets of the token's, and not key pairs. */
export function isSecret({ algorithm }: KeySpec): boolean {
  return keyTypes[algorithm].class === ck.CKO_SECRET_KEY;
}

/** An object of the session: sensitive, private, with the rights of these usages and no others. */
export function sessionTemplate(spec: KeySpec, usages: readonly KeyUsage[], extractable: boolean): Attribute[] {
  return [
    { type: ck.CKA_CLASS, value: keyTypes[spec.algorithm].class },
    { type: ck.CKA_KEY_TYPE, value: keyTypes[spec.algorithm].keyType },
    { type: ck.CKA_TOKEN, value: false },
    ...protection(spec, usages, extractable),
  ];
}

/** For key generation, where class and type follow from the mechanism. */
export function protection(spec: KeySpec, usages: readonly KeyUsage[], extractable: boolean): Attribute[] {
  const own = isSecret(spec) ? usages : usages.filter((usage) => !publicUsages.includes(usage));
  const granted = new Set(own.flatMap((usage) => rights[usage]));
  const all = new Set(Object.values(rights).flat());
  return [
    { type: ck.CKA_PRIVATE, value: true },
    { type: ck.CKA_SENSITIVE, value: true },
    { type: ck.CKA_EXTRACTABLE, value: extractable },
    // Named one by one: what a template leaves out, a module decides.
    ...[...all].filter((right) => isPossible(spec, right)).map((type) => ({ type, value: granted.has(type) })),
  ];
}

/** Private keys have no attributes for what their public half does. */
function isPossible(spec: KeySpec, right: number): boolean {
  return isSecret(spec) || (right !== ck.CKA_ENCRYPT && right !== ck.CKA_WRAP);
}

/** Bytes of a secret, of the modulus, or of a coordinate. */
export function bytesOf(spec: KeySpec): number {
  const size = sizeDescriptor(spec);
  if (!size) throw new TypeError('unknown size');
  return size.bytes;
}
