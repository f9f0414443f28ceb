/** Key use by the soft engine: opens the blob, enforces the attributes, performs the mechanism. */
import { createHash, randomBytes } from 'node:crypto';
import {
  algorithmDescriptor,
  type KeySpec,
  type KeyUsage,
  type Mechanism,
  mechanismServes,
  type Purpose,
  sizeDescriptor,
} from '../../domain/algorithms.js';
import { EstateError } from '../../domain/errors.js';
import type { BlobContext } from '../../domain/key-blob.js';
import { plain } from '../bytes.js';
import type { KeyAttributes, KeyRef, NewKey } from '../contract.js';
import type { KeyUse } from '../engine.js';
import { eachInTurn, eachResult } from '../items.js';
import { sealBlob } from './key-blob.js';
import { admitMaterial, checkValueOf, generateHandle, type KeyHandle, materialOf, requireKnownSpec, spkiOf } from './key-kinds.js';
import { publicKeyFrom } from './mechanisms/elliptic.js';
import type { MechanismRow } from './mechanisms/mechanism.js';
import { mechanismTable } from './mechanisms/table.js';
import type { OpenedKey, OpenedKeys } from './opened-keys.js';
import type { Registers } from './registers.js';

const maxRandomBytes = 1_000_000;
/** A key is not handed to anybody behind a weaker lock than this. */
const leastExportKeyBits = 2048;
const digests = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;

/** @param refuseDestroyed throws for the id of a destroyed key: nothing more is made that is bound to it */
export function softKeyUse(registers: Registers, opened: OpenedKeys, refuseDestroyed: (keyId: string | null) => void): KeyUse {
  const open = (ref: KeyRef) => opened.open(ref);
  return {
    ...plainUses(registers),
    ...dataUses(open),
    ...keyMakers(registers, open, refuseDestroyed),
    ...wrappers(open),
    async inspect(ref) {
      const key = open(ref);
      const { spec, attributes, masterKeyId } = key;
      return { spec, attributes, masterKeyId, checkValue: checkValueOf(key, spec), publicKey: spkiOf(key) };
    },
    async reencipher(ref) {
      const key = open(ref);
      const { spec, attributes, isLocal } = key;
      return sealBlob(registers.committedNew(), { spec, attributes, isLocal, material: materialOf(key) }, ref.context);
    },
    async forget(keyIds) {
      opened.forget(keyIds);
    },
  };
}

type Open = (ref: KeyRef) => OpenedKey;

/** Random numbers and digests need no key, yet a sealed HSM answers nothing. */
function plainUses(registers: Registers): Pick<KeyUse, 'generateRandom' | 'digest'> {
  return {
    async generateRandom(length) {
      registers.current();
      if (!Number.isInteger(length) || length < 1 || length > maxRandomBytes)
        throw new EstateError('TOO_LARGE', { min: 1, max: maxRandomBytes });
      return plain(randomBytes(length));
    },
    async digest(hash, data) {
      registers.current();
      if (!Object.hasOwn(digests, hash)) throw new EstateError('MECHANISM_UNSUPPORTED');
      return plain(createHash(digests[hash]).update(data).digest());
    },
  };
}

function dataUses(open: Open): Pick<KeyUse, 'encrypt' | 'decrypt' | 'sign' | 'verify'> {
  return {
    async encrypt(ref, mechanism, items) {
      const key = open(ref);
      const row = rowFor(key, mechanism, 'ENCRYPT', ['ENCRYPTION']);
      const encrypt = offered(row.encrypt);
      if (!row.hasAad && items.some((item) => item.aad)) throw new EstateError('MECHANISM_UNSUPPORTED', { reason: 'AAD_NOT_SUPPORTED' });
      return eachResult(items, 'CRYPTO_FAILED', (item) => encrypt(key, item));
    },
    async decrypt(ref, mechanism, items) {
      const key = open(ref);
      const row = rowFor(key, mechanism, 'DECRYPT', ['ENCRYPTION']);
      const decrypt = offered(row.decrypt);
      if (!row.hasAad && items.some((item) => item.aad)) throw new EstateError('MECHANISM_UNSUPPORTED', { reason: 'AAD_NOT_SUPPORTED' });
      return eachResult(items, 'CIPHERTEXT_INVALID', (item) => decrypt(key, item));
    },
    async sign(ref, mechanism, items) {
      const key = open(ref);
      const sign = offered(rowFor(key, mechanism, 'SIGN', ['SIGNATURE', 'MAC']).sign);
      return eachResult(items, 'CRYPTO_FAILED', (item) => sign(key, item));
    },
    async verify(ref, mechanism, items) {
      const key = open(ref);
      const verify = offered(rowFor(key, mechanism, 'VERIFY', ['SIGNATURE', 'MAC']).verify);
      return eachInTurn(items, async (item) => {
        try {
          return await verify(key, item.data, item.signature);
        } catch {
          return false;
        }
      });
    },
  };
}

function keyMakers(
  registers: Registers,
  open: Open,
  refuseDestroyed: (keyId: string | null) => void,
): Pick<KeyUse, 'generateKey' | 'deriveKey' | 'unwrapKey'> {
  const blobOf = (handle: KeyHandle, spec: KeySpec, attributes: KeyAttributes, isLocal: boolean, context: BlobContext | null): NewKey => {
    // Read now: the master key may have changed while the key was made.
    const masterKey = registers.current();
    refuseDestroyed(context?.keyId ?? null);
    const material = materialOf(handle);
    const blob = sealBlob(masterKey, { spec, attributes, isLocal, material }, context);
    material.fill(0);
    return { blob, masterKeyId: masterKey.id, publicKey: spkiOf(handle), checkValue: checkValueOf(handle, spec), spec };
  };
  return {
    async generateKey(spec, attributes, context) {
      registers.current();
      requirePossible(spec, attributes);
      return blobOf(await generateHandle(spec), spec, attributes, true, context);
    },
    async deriveKey(ref, peerPublicKey, info, spec, attributes, context) {
      const key = open(ref);
      const derive = offered(rowFor(key, 'ECDH_HKDF_SHA256', 'DERIVE', ['DERIVATION']).derive);
      requirePossible(spec, attributes);
      if (algorithmDescriptor(spec.algorithm).kind !== 'SECRET')
        throw new EstateError('MECHANISM_UNSUPPORTED', { reason: 'DERIVES_SECRETS_ONLY' });
      const length = sizeDescriptor(spec)?.bytes ?? 0;
      const secret = uniformly('CRYPTO_FAILED', () => derive(key, publicKeyFrom(peerPublicKey), info, length));
      return blobOf(admitMaterial(spec, secret), spec, attributes, true, context);
    },
    async unwrapKey(ref, wrapped, mechanism, spec, attributes, context) {
      const key = open(ref);
      const unwrap = offered(rowFor(key, mechanism, 'UNWRAP', ['WRAPPING', 'UNWRAPPING']).unwrap);
      requirePossible(spec, attributes);
      // One error for a bad padding, a bad checksum and bad material: which one it was would be an oracle.
      const handle = uniformly('CIPHERTEXT_INVALID', () => admitMaterial(spec, unwrap(key, wrapped)));
      return blobOf(handle, spec, attributes, false, context);
    },
  };
}

function wrappers(open: Open): Pick<KeyUse, 'wrapKey' | 'exportKey'> {
  return {
    async wrapKey(wrappingRef, targetRef, mechanism) {
      const wrappingKey = open(wrappingRef);
      const wrap = offered(rowFor(wrappingKey, mechanism, 'WRAP', ['WRAPPING']).wrap);
      const material = extractableMaterial(open(targetRef));
      if (mechanism === 'AES_KW' && material.length % 8 !== 0)
        throw new EstateError('MECHANISM_UNSUPPORTED', { reason: 'MATERIAL_LENGTH', use: 'AES_KWP' });
      return uniformly('CRYPTO_FAILED', () => wrap(wrappingKey, material));
    },
    async exportKey(targetRef, scheme, publicKey) {
      const target = open(targetRef);
      const exportTo = offered(Object.hasOwn(mechanismTable, scheme) ? mechanismTable[scheme].exportTo : undefined);
      const material = extractableMaterial(target);
      const receiver = uniformly('CRYPTO_FAILED', () => publicKeyFrom(publicKey), 'PUBLIC_KEY_INVALID');
      const bits = receiver.asymmetricKeyType === 'rsa' ? (receiver.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
      if (bits < leastExportKeyBits) throw new EstateError('MECHANISM_UNSUPPORTED', { reason: 'PUBLIC_KEY_NOT_RSA_2048_OR_MORE' });
      return uniformly('CRYPTO_FAILED', () => exportTo(receiver, material), 'MATERIAL_DOES_NOT_FIT_SCHEME');
    },
  };
}

/** The mechanism's row, once the key's attributes and algorithm allow it. */
function rowFor(key: OpenedKey, mechanism: Mechanism, usage: KeyUsage, purposes: readonly Purpose[]): MechanismRow {
  if (!key.attributes.usages.includes(usage)) throw new EstateError('USAGE_FORBIDDEN', { usage });
  const isServed = purposes.some((purpose) => mechanismServes(key.spec.algorithm, mechanism, purpose));
  if (!isServed) throw new EstateError('MECHANISM_UNSUPPORTED', { algorithm: key.spec.algorithm });
  return mechanismTable[mechanism];
}

function offered<Use>(use: Use | undefined): Use {
  if (!use) throw new EstateError('MECHANISM_UNSUPPORTED');
  return use;
}

function requirePossible(spec: KeySpec, attributes: KeyAttributes): void {
  requireKnownSpec(spec);
  const possible = algorithmDescriptor(spec.algorithm).usages;
  const impossible = attributes.usages.filter((usage) => !possible.includes(usage));
  if (impossible.length > 0) throw new EstateError('USAGE_FORBIDDEN', { algorithm: spec.algorithm, possible });
}

function extractableMaterial(target: OpenedKey): Uint8Array {
  if (!target.attributes.extractable) throw new EstateError('USAGE_FORBIDDEN', { attribute: 'EXTRACTABLE' });
  return materialOf(target);
}

/** Whatever goes wrong inside becomes one error; a reason is only given where it tells nothing of a secret. */
function uniformly<Result>(code: 'CIPHERTEXT_INVALID' | 'CRYPTO_FAILED', use: () => Result, reason?: string): Result {
  try {
    return use();
  } catch {
    throw new EstateError(code, reason === undefined ? {} : { reason });
  }
}
