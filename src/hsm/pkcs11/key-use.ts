/** Key use by a token: authenticates the blob, enforces the attributes, lets the token perform the mechanism. */
import { createHash, type KeyObject } from 'node:crypto';
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
import { keyCapability, missing } from '../capabilities.js';
import type { HsmCapabilities, KeyAttributes, KeyCapability, NewKey } from '../contract.js';
import type { KeyUse } from '../engine.js';
import { eachInTurn, eachResult } from '../items.js';
import type { Handle } from './cryptoki.js';
import { type BlobContent, sealBlob } from './key-blob.js';
import type { MasterKeys } from './master-keys.js';
import { wrapObject } from './mechanisms/aes.js';
import type { MechanismRow, ModuleTraits } from './mechanisms/mechanism.js';
import { mechanismTable } from './mechanisms/table.js';
import { admitObject, checkValueOf, fingerprintOf, generateResident, withNewObject } from './new-keys.js';
import { sessionTemplate } from './objects.js';
import type { OpenedKey, OpenedKeys } from './opened-keys.js';
import { publicKeyFrom, spkiOf } from './public-keys.js';
import { isTokenTrouble } from './refusals.js';
import type { Token } from './token.js';

/** What key use stands on; each throws EstateError HSM_SEALED before the token is ready. */
export interface Ground {
  token(): Token;
  masterKeys(): MasterKeys;
  refuseDestroyed(keyId: string | null): void;
  capabilities(): HsmCapabilities;
  traits(): ModuleTraits;
}

const maxRandomBytes = 1_000_000;
/** A key is not handed to anybody behind a weaker lock than this. */
const leastExportKeyBits = 2048;
const digests = { 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' } as const;

export function tokenKeyUse(ground: Ground, opened: OpenedKeys): KeyUse {
  return {
    ...plainUses(ground),
    ...dataUses(ground, opened),
    ...keyMakers(ground, opened),
    ...wrappers(ground, opened),
    inspect: (ref) =>
      opened.use(ref, async ({ spec, attributes, masterKeyId, checkValue, spki }) => ({
        spec,
        attributes,
        masterKeyId,
        checkValue,
        publicKey: spki,
      })),
    async reencipher() {
      ground.masterKeys();
      throw missing('reencipher');
    },
    async forget(keyIds) {
      opened.forget(keyIds);
    },
  };
}

/** Random numbers are the token's; a digest needs no secret and is done here. A sealed HSM answers neither. */
function plainUses(ground: Ground): Pick<KeyUse, 'generateRandom' | 'digest'> {
  return {
    async generateRandom(length) {
      ground.masterKeys();
      if (!Number.isInteger(length) || length < 1 || length > maxRandomBytes)
        throw new EstateError('TOO_LARGE', { min: 1, max: maxRandomBytes });
      return plain(ground.token().call((module, home) => module.C_GenerateRandom(home, Buffer.alloc(length))));
    },
    async digest(hash, data) {
      ground.masterKeys();
      if (!Object.hasOwn(digests, hash)) throw new EstateError('MECHANISM_UNSUPPORTED');
      return plain(createHash(digests[hash]).update(data).digest());
    },
  };
}

function dataUses(ground: Ground, opened: OpenedKeys): Pick<KeyUse, 'encrypt' | 'decrypt' | 'sign' | 'verify'> {
  const refuseAad = (row: MechanismRow, items: readonly { readonly aad?: Uint8Array }[]) => {
    if (!row.hasAad && items.some((item) => item.aad)) throw new EstateError('MECHANISM_UNSUPPORTED', { reason: 'AAD_NOT_SUPPORTED' });
  };
  return {
    encrypt: (ref, mechanism, items) =>
      opened.use(ref, async (key) => {
        const row = rowFor(ground, key, mechanism, 'ENCRYPT', ['ENCRYPTION']);
        const encrypt = offered(row.encrypt);
        refuseAad(row, items);
        return eachResult(items, 'CRYPTO_FAILED', (item) => encrypt(ground.token(), key, item));
      }),
    decrypt: (ref, mechanism, items) =>
      opened.use(ref, async (key) => {
        const row = rowFor(ground, key, mechanism, 'DECRYPT', ['ENCRYPTION']);
        const decrypt = offered(row.decrypt);
        refuseAad(row, items);
        return eachResult(items, 'CIPHERTEXT_INVALID', (item) => decrypt(ground.token(), key, item, ground.traits()));
      }),
    sign: (ref, mechanism, items) =>
      opened.use(ref, async (key) => {
        const sign = offered(rowFor(ground, key, mechanism, 'SIGN', ['SIGNATURE', 'MAC']).sign);
        return eachResult(items, 'CRYPTO_FAILED', (item) => sign(ground.token(), key, item));
      }),
    verify: (ref, mechanism, items) =>
      opened.use(ref, async (key) => {
        const verify = offered(rowFor(ground, key, mechanism, 'VERIFY', ['SIGNATURE', 'MAC']).verify);
        return eachInTurn(items, (item) => {
          try {
            return verify(ground.token(), key, item.data, item.signature);
          } catch (error) {
            if (isTokenTrouble(error)) throw error;
            return false;
          }
        });
      }),
  };
}

function keyMakers(ground: Ground, opened: OpenedKeys): Pick<KeyUse, 'generateKey' | 'deriveKey' | 'unwrapKey'> {
  const blobOf = (content: BlobContent, context: BlobContext | null): NewKey => {
    // Read now: the key may have been destroyed while it was made.
    const masterKeys = ground.masterKeys();
    ground.refuseDestroyed(context?.keyId ?? null);
    const { spec, checkValue, spki } = content;
    return { blob: sealBlob(masterKeys, content, context), masterKeyId: masterKeys.id, publicKey: spki, checkValue, spec };
  };
  const wrappedContent = (
    object: Handle,
    publicKey: KeyObject | null,
    spec: KeySpec,
  ): Pick<BlobContent, 'checkValue' | 'spki' | 'place' | 'key'> => ({
    checkValue: checkValueOf(ground.token(), object, spec, publicKey),
    spki: publicKey && spkiOf(publicKey),
    place: 'WRAPPED',
    key: wrapObject(ground.token(), ground.masterKeys().wrapping, object),
  });
  return {
    async generateKey(spec, attributes, context) {
      ground.masterKeys();
      const capability = requirePossible(ground, spec, attributes);
      ground.refuseDestroyed(context?.keyId ?? null);
      if (capability.isExtractable) {
        const made = await failing('CRYPTO_FAILED', () =>
          withNewObject(ground.token(), spec, ({ object, publicKey }) => wrappedContent(object, publicKey, spec)),
        );
        return blobOf({ spec, attributes, isLocal: true, ...made }, context);
      }
      const { label, publicKey } = await failing('CRYPTO_FAILED', () => generateResident(ground.token(), spec, context?.keyId ?? null));
      const key = new Uint8Array(Buffer.from(label, 'utf8'));
      const resident = { checkValue: fingerprintOf(publicKey), spki: spkiOf(publicKey), place: 'ON_TOKEN', key } as const;
      return blobOf({ spec, attributes, isLocal: true, ...resident }, context);
    },
    deriveKey: (ref) =>
      opened.use(ref, async (key) => {
        rowFor(ground, key, 'ECDH_HKDF_SHA256', 'DERIVE', ['DERIVATION']);
        throw missing('ECDH_HKDF_SHA256');
      }),
    unwrapKey: (ref, wrapped, mechanism, spec, attributes, context) =>
      opened.use(ref, async (key) => {
        const unwrap = offered(rowFor(ground, key, mechanism, 'UNWRAP', ['WRAPPING', 'UNWRAPPING']).unwrap);
        if (!requirePossible(ground, spec, attributes).isImportable)
          throw missing('import', { algorithm: spec.algorithm, size: spec.size });
        const token = ground.token();
        // One error for a bad padding, a bad checksum and bad material: which one it was would be an oracle.
        const content = await failing('CIPHERTEXT_INVALID', async () => {
          const template = sessionTemplate(spec, algorithmDescriptor(spec.algorithm).usages, true);
          const object = unwrap(token, key, wrapped, template, ground.traits());
          try {
            return wrappedContent(object, admitObject(token, object, spec, ground.masterKeys().wrapping), spec);
          } finally {
            token.call((module, home) => module.C_DestroyObject(home, object));
          }
        });
        return blobOf({ spec, attributes, isLocal: false, ...content }, context);
      }),
  };
}

function wrappers(ground: Ground, opened: OpenedKeys): Pick<KeyUse, 'wrapKey' | 'exportKey'> {
  return {
    wrapKey: (wrappingRef, targetRef, mechanism) =>
      opened.use(wrappingRef, (wrappingKey) =>
        opened.use(targetRef, async (target) => {
          const wrap = offered(rowFor(ground, wrappingKey, mechanism, 'WRAP', ['WRAPPING']).wrap);
          requireExtractable(target);
          // Whether a private key happens to fit is not left to chance.
          if (mechanism === 'AES_KW' && target.spki)
            throw new EstateError('MECHANISM_UNSUPPORTED', { reason: 'MATERIAL_LENGTH', use: 'AES_KWP' });
          return failing('CRYPTO_FAILED', async () => opened.asTarget(target, (object) => wrap(ground.token(), wrappingKey, object)));
        }),
      ),
    exportKey: (targetRef, scheme, publicKey) =>
      opened.use(targetRef, async (target) => {
        const exportTo = offered(Object.hasOwn(mechanismTable, scheme) ? mechanismTable[scheme].exportTo : undefined);
        requireExtractable(target);
        const { exportSchemes } = ground.capabilities();
        if (!exportSchemes.includes(scheme)) throw missing('export', { scheme, supported: exportSchemes });
        const receiver = await failing('CRYPTO_FAILED', async () => publicKeyFrom(publicKey), 'PUBLIC_KEY_INVALID');
        const bits = receiver.asymmetricKeyType === 'rsa' ? (receiver.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
        if (bits < leastExportKeyBits) throw new EstateError('MECHANISM_UNSUPPORTED', { reason: 'PUBLIC_KEY_NOT_RSA_2048_OR_MORE' });
        const send = async () => opened.asTarget(target, (object) => exportTo(ground.token(), receiver, object, ground.traits()));
        return failing('CRYPTO_FAILED', send, 'MATERIAL_DOES_NOT_FIT_SCHEME');
      }),
  };
}

/** The mechanism's row, once the key's attributes, its algorithm and the module allow it. */
function rowFor(ground: Ground, key: OpenedKey, mechanism: Mechanism, usage: KeyUsage, purposes: readonly Purpose[]): MechanismRow {
  if (!key.attributes.usages.includes(usage)) throw new EstateError('USAGE_FORBIDDEN', { usage });
  const served = purposes.filter((purpose) => mechanismServes(key.spec.algorithm, mechanism, purpose));
  if (served.length === 0) throw new EstateError('MECHANISM_UNSUPPORTED', { algorithm: key.spec.algorithm });
  const uses = keyCapability(ground.capabilities(), key.spec)?.uses ?? [];
  const isDone = uses.some((use) => use.mechanism === mechanism && use.purposes.some((purpose) => served.includes(purpose)));
  const row = mechanismTable[mechanism];
  if (!isDone || !row) throw missing(mechanism, { ...key.spec, supported: uses.map((use) => use.mechanism) });
  return row;
}

function offered<Use>(use: Use | undefined): Use {
  if (!use) throw new EstateError('MECHANISM_UNSUPPORTED');
  return use;
}

function requirePossible(ground: Ground, spec: KeySpec, attributes: KeyAttributes): KeyCapability {
  if (!sizeDescriptor(spec)) throw new EstateError('ALGORITHM_UNKNOWN', { algorithm: String(spec.algorithm), size: String(spec.size) });
  const possible = algorithmDescriptor(spec.algorithm).usages;
  const impossible = attributes.usages.filter((usage) => !possible.includes(usage));
  if (impossible.length > 0) throw new EstateError('USAGE_FORBIDDEN', { algorithm: spec.algorithm, possible });
  const capabilities = ground.capabilities();
  const capability = keyCapability(capabilities, spec);
  if (!capability) throw missing('key', { ...spec, supported: capabilities.keys.map(({ algorithm, size }) => `${algorithm} ${size}`) });
  if (attributes.extractable && !capability.isExtractable) throw missing('extractable', { ...spec });
  return capability;
}

function requireExtractable(target: OpenedKey): void {
  if (!target.attributes.extractable) throw new EstateError('USAGE_FORBIDDEN', { attribute: 'EXTRACTABLE' });
}

/** Whatever goes wrong inside becomes one error, but for the token's own trouble; a reason only where it tells nothing of a secret. */
async function failing<Result>(code: 'CIPHERTEXT_INVALID' | 'CRYPTO_FAILED', use: () => Promise<Result>, reason?: string): Promise<Result> {
  try {
    return await use();
  } catch (error) {
    if (isTokenTrouble(error) || (error instanceof EstateError && error.code === 'BLOB_REFUSED')) throw error;
    throw new EstateError(code, reason === undefined ? {} : { reason });
  }
}
