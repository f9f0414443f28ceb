/** Keys made on the token: how each algorithm is generated, and how what came in wrapped is looked at. */
import { createHash, type KeyObject, randomUUID } from 'node:crypto';
import { algorithmDescriptor, type KeyAlgorithm, type KeySpec } from '../../domain/algorithms.js';
import { type Attribute, ck, type Handle, input } from './cryptoki.js';
import { curves, ed25519Parameters } from './curves.js';
import { encryptedZero, secretLength } from './mechanisms/aes.js';
import { emptyTag } from './mechanisms/hmac.js';
import { bytesOf, protection } from './objects.js';
import { ecPublicKey, ed25519PublicKey, recoveredPublicKey, rsaPublicKey, spkiOf } from './public-keys.js';
import { residentAttributes } from './residents.js';
import type { Token } from './token.js';

/** A key as an object that is about to be wrapped. */
export interface NewObject {
  readonly object: Handle;
  readonly publicKey: KeyObject | null;
}

/** What is done with a new object; afterwards it is gone. */
type Use<Result> = (made: NewObject) => Result | Promise<Result>;

interface Kind {
  /** An object of the session that can be wrapped, with every right, for one use. */
  generate<Result>(token: Token, spec: KeySpec, use: Use<Result>): Promise<Result>;
  /** The public half of an object that came in wrapped; throws anything unless it is a sound key of `spec`. */
  admit(token: Token, object: Handle, spec: KeySpec, wrappingKey: Handle): KeyObject | null;
  checkValue(token: Token, object: Handle, spec: KeySpec, publicKey: KeyObject | null): Uint8Array;
}

const publicExponent = Buffer.from([1, 0, 1]);
const sessionOnly: readonly Attribute[] = [{ type: ck.CKA_TOKEN, value: false }];
const ed25519Generation: PairGeneration = {
  mechanism: ck.CKM_EC_EDWARDS_KEY_PAIR_GEN,
  parameters: [{ type: ck.CKA_EC_PARAMS, value: input(ed25519Parameters) }],
  read: ed25519PublicKey,
};

const kinds: Readonly<Record<KeyAlgorithm, Kind>> = {
  AES: { ...secretKind(ck.CKM_AES_KEY_GEN), checkValue: encryptedZero },
  HMAC: { ...secretKind(ck.CKM_GENERIC_SECRET_KEY_GEN), checkValue: emptyTag },
  RSA: {
    generate(token, spec, use) {
      const size: Attribute[] = [
        { type: ck.CKA_MODULUS_BITS, value: Number(spec.size) },
        { type: ck.CKA_PUBLIC_EXPONENT, value: publicExponent },
      ];
      return newPair(token, spec, { mechanism: ck.CKM_RSA_PKCS_KEY_PAIR_GEN, parameters: size, read: rsaPublicKey }, use);
    },
    admit: rsaPublicKey,
    checkValue: fingerprint,
  },
  EC: {
    generate(token, spec, use) {
      const parameters = [{ type: ck.CKA_EC_PARAMS, value: input(curves[spec.size]?.parameters ?? new Uint8Array()) }];
      return newPair(token, spec, { mechanism: ck.CKM_EC_KEY_PAIR_GEN, parameters, read: ecPublicKey }, use);
    },
    admit: recoveredPublicKey,
    checkValue: fingerprint,
  },
  ED25519: {
    generate: (token, spec, use) => newPair(token, spec, ed25519Generation, use),
    admit() {
      throw new Error('not recoverable');
    },
    checkValue: fingerprint,
  },
};

/** A new key as an object that can be wrapped, with every right, for one use; then the object is gone. */
export function withNewObject<Result>(token: Token, spec: KeySpec, use: Use<Result>): Promise<Result> {
  return kinds[spec.algorithm].generate(token, spec, use);
}

/** A key that stays on the token, for keys that the module does not wrap. Its label finds it again. */
export async function generateResident(
  token: Token,
  spec: KeySpec,
  keyId: string | null,
): Promise<{ label: string; publicKey: KeyObject }> {
  const label = `kyok key ${keyId ?? '-'} ${randomUUID()}`;
  const generation = { ...ed25519Generation, lifetime: residentAttributes(label) };
  return { label, publicKey: await newPair(token, spec, generation, ({ publicKey }) => publicKey) };
}

/**
 * Throws anything unless the object is a sound key of `spec`; callers must not tell what was wrong.
 * @param wrappingKey any key that wraps; a secret is measured by it
 */
export function admitObject(token: Token, object: Handle, spec: KeySpec, wrappingKey: Handle): KeyObject | null {
  return kinds[spec.algorithm].admit(token, object, spec, wrappingKey);
}

/** The object needs the right to encrypt (AES) or to sign (HMAC). */
export function checkValueOf(token: Token, object: Handle, spec: KeySpec, publicKey: KeyObject | null): Uint8Array {
  return kinds[spec.algorithm].checkValue(token, object, spec, publicKey);
}

function secretKind(mechanism: number): Pick<Kind, 'generate' | 'admit'> {
  return {
    async generate(token, spec, use) {
      const template = [
        ...sessionOnly,
        { type: ck.CKA_VALUE_LEN, value: bytesOf(spec) },
        ...protection(spec, algorithmDescriptor(spec.algorithm).usages, true),
      ];
      const object = token.call((module, home) => module.C_GenerateKey(home, { mechanism }, template));
      try {
        return await use({ object, publicKey: null });
      } finally {
        token.call((module, home) => module.C_DestroyObject(home, object));
      }
    },
    admit(token, object, spec, wrappingKey) {
      if (secretLength(token, object, wrappingKey) !== bytesOf(spec)) throw new Error('length');
      return null;
    },
  };
}

interface PairGeneration {
  readonly mechanism: number;
  readonly parameters: readonly Attribute[];
  /** Where the private key stays; without it, it lasts for the use only. */
  readonly lifetime?: readonly Attribute[];
  read(token: Token, publicObject: Handle, spec: KeySpec): KeyObject;
}

/**
 * A new key pair for one use. Off the event loop, since a large RSA key takes seconds; in a session of its own, which no
 * other call closes meanwhile.
 */
function newPair<Result>(
  token: Token,
  spec: KeySpec,
  { mechanism, parameters, lifetime, read }: PairGeneration,
  use: (pair: { readonly object: Handle; readonly publicKey: KeyObject }) => Result | Promise<Result>,
): Promise<Result> {
  const publicTemplate = [...sessionOnly, { type: ck.CKA_VERIFY, value: true }, ...parameters];
  const privateTemplate = [...(lifetime ?? sessionOnly), ...protection(spec, algorithmDescriptor(spec.algorithm).usages, !lifetime)];
  return token.inSessionAsync(async (module, session) => {
    const pair = await module.C_GenerateKeyPairAsync(session, { mechanism }, publicTemplate, privateTemplate);
    try {
      return await use({ object: pair.privateKey, publicKey: read(token, pair.publicKey, spec) });
    } finally {
      module.C_DestroyObject(session, pair.publicKey);
      if (!lifetime) module.C_DestroyObject(session, pair.privateKey);
    }
  });
}

function fingerprint(_token: Token, _object: Handle, _spec: KeySpec, publicKey: KeyObject | null): Uint8Array {
  if (!publicKey) throw new TypeError('not a key pair');
  return fingerprintOf(publicKey);
}

/** SHA-256 of the SubjectPublicKeyInfo: the check value of key pairs. */
export function fingerprintOf(publicKey: KeyObject): Uint8Array {
  return new Uint8Array(createHash('sha256').update(spkiOf(publicKey)).digest());
}
