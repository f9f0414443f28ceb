/** What differs between algorithms when keys are made, taken in, written and recognised: one row each. */
import {
  constants,
  createCipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { promisify } from 'node:util';
import {
  algorithmDescriptors,
  type CheckMethod,
  defaultMechanism,
  type KeyAlgorithm,
  type KeySpec,
  sizeDescriptor,
} from '../../domain/algorithms.js';
import { EstateError } from '../../domain/errors.js';
import { plain } from '../bytes.js';
import { gate } from '../gate.js';
import { hashOf } from '../hashes.js';
import { ellipticCurves } from './curves.js';

/** A key as node:crypto holds it: a secret, or a private key with its public half. */
export interface KeyHandle {
  readonly key: KeyObject;
  readonly publicKey: KeyObject | null;
}

interface KeyKind {
  generate(spec: KeySpec): Promise<KeyHandle>;
  /** Material that was authenticated by a blob: trusted, so only parsed. */
  parse(material: Uint8Array): KeyHandle;
  /** Material from outside: throws anything unless it is a sound key of `spec`. */
  admit(material: Uint8Array, spec: KeySpec): KeyHandle;
}

const newKeyPair = promisify(generateKeyPair);
/** A large RSA key takes a thread for seconds: the other threads stay free for everybody else. */
const rsaTurns = gate(2);
/** FIPS 186-5, section 5.1: public exponents are odd and above 2^16. */
const leastPublicExponent = 65_537n;

const secretKind: KeyKind = {
  generate: async (spec) => secretHandle(randomBytes(bytesOf(spec))),
  parse: secretHandle,
  admit(material, spec) {
    if (material.length !== bytesOf(spec)) throw new Error('length');
    return secretHandle(material);
  },
};

const keyKinds: Readonly<Record<KeyAlgorithm, KeyKind>> = {
  AES: secretKind,
  HMAC: secretKind,
  RSA: {
    generate: async (spec) => pairHandle(await newRsaKey(Number(spec.size))),
    parse: privateHandle,
    admit(material, spec) {
      const handle = privateHandle(material);
      const details = handle.key.asymmetricKeyDetails;
      if (handle.key.asymmetricKeyType !== 'rsa' || details?.modulusLength !== Number(spec.size)) throw new Error('size');
      const exponent = details.publicExponent ?? 0n;
      if (exponent < leastPublicExponent || exponent % 2n === 0n) throw new Error('exponent');
      return agreeing(handle, 'sha256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    },
  },
  EC: {
    generate: async (spec) => pairHandle((await newKeyPair('ec', { namedCurve: curveOf(spec) })).privateKey),
    parse: privateHandle,
    admit(material, spec) {
      const handle = privateHandle(material);
      if (handle.key.asymmetricKeyType !== 'ec' || handle.key.asymmetricKeyDetails?.namedCurve !== curveOf(spec)) throw new Error('curve');
      return agreeing(handle, 'sha256', {});
    },
  },
  ED25519: {
    generate: async () => pairHandle((await newKeyPair('ed25519')).privateKey),
    parse: privateHandle,
    admit(material) {
      const handle = privateHandle(material);
      if (handle.key.asymmetricKeyType !== 'ed25519') throw new Error('type');
      return agreeing(handle, null, {});
    },
  },
};

const checkValues: Readonly<Record<CheckMethod, (handle: KeyHandle, spec: KeySpec) => Uint8Array>> = {
  'ENC-ZERO': ({ key }, spec) => {
    const cipher = createCipheriv(`aes-${spec.size}-ecb`, key, null).setAutoPadding(false);
    return plain(cipher.update(new Uint8Array(16)).subarray(0, 3));
  },
  'HMAC-EMPTY': ({ key }, spec) => {
    const mechanism = defaultMechanism(spec, 'MAC');
    if (!mechanism) throw new EstateError('ALGORITHM_UNKNOWN');
    return plain(createHmac(hashOf(mechanism), key).digest().subarray(0, 3));
  },
  'SPKI-SHA-256': (handle) =>
    plain(
      createHash('sha256')
        .update(spkiOf(handle) ?? new Uint8Array())
        .digest(),
    ),
};

/** @throws EstateError ALGORITHM_UNKNOWN */
export function requireKnownSpec(spec: KeySpec): void {
  if (!sizeDescriptor(spec)) throw new EstateError('ALGORITHM_UNKNOWN', { algorithm: String(spec.algorithm), size: String(spec.size) });
}

export function generateHandle(spec: KeySpec): Promise<KeyHandle> {
  return keyKinds[spec.algorithm].generate(spec);
}

export function parseMaterial(spec: KeySpec, material: Uint8Array): KeyHandle {
  return keyKinds[spec.algorithm].parse(material);
}

/** A key from foreign material. Throws when it is not a sound key of `spec`; callers must not tell what was wrong. */
export function admitMaterial(spec: KeySpec, material: Uint8Array): KeyHandle {
  return keyKinds[spec.algorithm].admit(material, spec);
}

/** The material as it lies in blobs and wraps: raw secret, or PKCS#8 DER. */
export function materialOf(handle: KeyHandle): Uint8Array {
  const { key } = handle;
  return plain(key.type === 'secret' ? key.export() : key.export({ type: 'pkcs8', format: 'der' }));
}

/** DER SubjectPublicKeyInfo, for key pairs. */
export function spkiOf(handle: KeyHandle): Uint8Array | null {
  return handle.publicKey && plain(handle.publicKey.export({ type: 'spki', format: 'der' }));
}

export function checkValueOf(handle: KeyHandle, spec: KeySpec): Uint8Array {
  return checkValues[algorithmDescriptors[spec.algorithm].checkMethod](handle, spec);
}

async function newRsaKey(modulusLength: number): Promise<KeyObject> {
  const { privateKey } = await rsaTurns(() => newKeyPair('rsa', { modulusLength, publicExponent: 65_537 }));
  return privateKey;
}

function bytesOf(spec: KeySpec): number {
  const size = sizeDescriptor(spec);
  if (!size) throw new EstateError('ALGORITHM_UNKNOWN');
  return size.bytes;
}

function curveOf(spec: KeySpec): string {
  const curve = ellipticCurves[spec.size];
  if (!curve) throw new EstateError('ALGORITHM_UNKNOWN');
  return curve.opensslName;
}

function secretHandle(material: Uint8Array): KeyHandle {
  return { key: createSecretKey(material), publicKey: null };
}

function pairHandle(privateKey: KeyObject): KeyHandle {
  return { key: privateKey, publicKey: createPublicKey(privateKey) };
}

function privateHandle(material: Uint8Array): KeyHandle {
  return pairHandle(createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' }));
}

/** A PKCS#8 file may carry a public key that is not its private key's: a signature across both tells. */
function agreeing(handle: KeyHandle, hash: string | null, options: { padding?: number; saltLength?: number }): KeyHandle {
  const { key, publicKey } = handle;
  const probe = randomBytes(32);
  if (!publicKey || !verify(hash, probe, { key: publicKey, ...options }, sign(hash, probe, { key, ...options }))) throw new Error('pair');
  return handle;
}
