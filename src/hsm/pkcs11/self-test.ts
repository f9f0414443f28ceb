/**
 * What a module can really do: every mechanism is tried once on keys of its own, which are gone afterwards. A list of
 * mechanisms says less: it does not tell for which hashes, sizes and kinds of keys they work.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import {
  algorithmDescriptor,
  type ExportScheme,
  exportSchemes,
  type KeySpec,
  type Mechanism,
  type Purpose,
} from '../../domain/algorithms.js';
import { equalBytes } from '../bytes.js';
import { everyKey } from '../capabilities.js';
import type { HsmCapabilities, KeyCapability } from '../contract.js';
import { ck, type Handle, input } from './cryptoki.js';
import { wrapObject } from './mechanisms/aes.js';
import type { MechanismRow, ModuleTraits, UsableKey } from './mechanisms/mechanism.js';
import { oaepProbe } from './mechanisms/rsa.js';
import { mechanismTable } from './mechanisms/table.js';
import { admitObject, checkValueOf, type NewObject, withNewObject } from './new-keys.js';
import { sessionTemplate } from './objects.js';
import { isTokenTrouble } from './refusals.js';
import type { Token } from './token.js';

const aes = { algorithm: 'AES', size: '256' } as const;
/** RSA keys take long to make: what works with this size is taken to work with the others. */
const rsaProbeSize = '2048';

export interface SelfTest {
  readonly capabilities: HsmCapabilities;
  readonly traits: ModuleTraits;
}

/** What the trials share. */
interface Bench {
  readonly token: Token;
  readonly wrappingKey: Handle;
  readonly oaepHashes: Set<string>;
  /** An RSA key of the trials, to which others are exported. */
  receiver: KeyObject | null;
}

/** @throws EstateError HSM_UNAVAILABLE when the token goes meanwhile */
export async function selfTest(token: Token): Promise<SelfTest> {
  return await withNewObject(token, aes, async ({ object: wrappingKey }) => {
    const bench: Bench = { token, wrappingKey, oaepHashes: new Set(), receiver: null };
    const keys: KeyCapability[] = [];
    for (const key of everyKey()) {
      const known = key.algorithm === 'RSA' && keys.find(({ algorithm, size }) => algorithm === 'RSA' && size === rsaProbeSize);
      const tried = known ? { ...known, size: key.size } : await tryKey(bench, key);
      if (tried) keys.push(tried);
    }
    const capabilities = { ceremony: false, reencipher: false, keys, exportSchemes: await triedSchemes(bench) };
    return { capabilities, traits: { oaepHashes: bench.oaepHashes } };
  });
}

/** `null` when the module makes no such keys that could be kept. */
async function tryKey(bench: Bench, key: KeyCapability): Promise<KeyCapability | null> {
  const { token, wrappingKey } = bench;
  const tried = await attempt(() =>
    withNewObject(token, key, async (made) => {
      const wrapped = await attempt(() => wrapObject(token, wrappingKey, made.object));
      if (!wrapped) return await triedResident(bench, key, made);
      const checkValue = checkValueOf(token, made.object, key, made.publicKey);
      const object = unwrap(bench, key, wrapped);
      try {
        if (key.algorithm === 'RSA') await noteOaep(bench, object, made.publicKey);
        const uses = await triedUses(bench, key, { object, publicKey: made.publicKey });
        return { ...key, uses, isImportable: (await attempt(() => isSame(bench, key, object, checkValue))) ?? false };
      } finally {
        token.call((module, home) => module.C_DestroyObject(home, object));
      }
    }),
  );
  return tried ?? null;
}

/** The module makes such keys, and does not wrap them: they stay on the token. Only Ed25519 is kept so. */
async function triedResident(bench: Bench, key: KeyCapability, pair: NewObject): Promise<KeyCapability | null> {
  if (key.algorithm !== 'ED25519') return null;
  return { ...key, uses: await triedUses(bench, key, pair), isImportable: false, isExtractable: false };
}

function unwrap({ token, wrappingKey }: Bench, spec: KeySpec, wrapped: Uint8Array): Handle {
  const template = sessionTemplate(spec, algorithmDescriptor(spec.algorithm).usages, true);
  return token.call((module, home) =>
    module.C_UnwrapKey(home, { mechanism: ck.CKM_AES_KEY_WRAP_PAD }, wrappingKey, input(wrapped), template),
  );
}

function isSame({ token, wrappingKey }: Bench, spec: KeySpec, object: Handle, checkValue: Uint8Array): boolean {
  const publicKey = admitObject(token, object, spec, wrappingKey);
  return equalBytes(checkValueOf(token, object, spec, publicKey), checkValue);
}

async function triedUses(bench: Bench, key: KeyCapability, made: NewObject): Promise<KeyCapability['uses']> {
  const uses: { mechanism: Mechanism; purposes: readonly Purpose[] }[] = [];
  for (const { mechanism, purposes } of key.uses) {
    const row = mechanismTable[mechanism];
    const usable: UsableKey = { spec: key, publicKey: made.publicKey, object: () => made.object };
    const works: Purpose[] = [];
    for (const purpose of purposes) {
      if (row && (await attempt(() => trials[purpose](bench, usable, row)))) works.push(purpose);
    }
    if (works.length > 0) uses.push({ mechanism, purposes: works });
  }
  return uses;
}

type Trial = (bench: Bench, key: UsableKey, row: MechanismRow) => Promise<boolean>;

const signing: Trial = async ({ token }, key, row) => {
  const data = randomBytes(40);
  const signature = await row.sign?.(token, key, data);
  return signature !== undefined && row.verify?.(token, key, data, signature) === true;
};

const trials: Readonly<Record<Purpose, Trial>> = {
  async ENCRYPTION({ token, ...traits }, key, row) {
    const item = { data: randomBytes(20), ...(row.hasAad ? { aad: randomBytes(7) } : {}) };
    const encrypted = await row.encrypt?.(token, key, item);
    const clear = encrypted && (await row.decrypt?.(token, key, { ...item, data: encrypted }, traits));
    return clear !== undefined && equalBytes(clear, new Uint8Array(item.data));
  },
  SIGNATURE: signing,
  MAC: signing,
  WRAPPING: (bench, key, row) => comesBack(bench, key, row, (target) => row.wrap?.(bench.token, key, target)),
  async UNWRAPPING(bench, key, row) {
    const { publicKey } = key;
    return publicKey !== null && comesBack(bench, key, row, (target) => row.exportTo?.(bench.token, publicKey, target, bench));
  },
  // HKDF is no mechanism of PKCS#11 2.40.
  DERIVATION: async () => false,
};

/** Whether a key that goes out is the same when it comes in. */
function comesBack(bench: Bench, key: UsableKey, row: MechanismRow, send: (target: Handle) => Uint8Array | undefined): Promise<boolean> {
  const { token } = bench;
  return withNewObject(token, aes, ({ object: target }) => {
    const wrapped = send(target);
    const template = sessionTemplate(aes, algorithmDescriptor('AES').usages, true);
    const object = wrapped && row.unwrap?.(token, key, wrapped, template, bench);
    if (!object) return false;
    try {
      return isSame(bench, aes, object, checkValueOf(token, target, aes, null));
    } finally {
      token.call((module, home) => module.C_DestroyObject(home, object));
    }
  });
}

async function noteOaep(bench: Bench, object: Handle, publicKey: KeyObject | null): Promise<void> {
  bench.receiver = publicKey;
  if (!publicKey) return;
  for (const hash of ['sha1', 'sha256'] as const) {
    if (await attempt(() => oaepProbe(bench.token, object, publicKey, hash))) bench.oaepHashes.add(hash);
  }
}

async function triedSchemes(bench: Bench): Promise<ExportScheme[]> {
  const { token } = bench;
  const receiver = bench.receiver ?? createPublicKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  const works: ExportScheme[] = [];
  for (const scheme of exportSchemes) {
    const isExported = await attempt(() =>
      withNewObject(token, aes, ({ object }) => mechanismTable[scheme].exportTo?.(token, receiver, object, bench)),
    );
    if (isExported) works.push(scheme);
  }
  return works;
}

/** `undefined` when it does not work; only the token's own trouble is an error. */
async function attempt<Result>(trial: () => Promise<Result> | Result): Promise<Result | undefined> {
  try {
    return await trial();
  } catch (error) {
    if (isTokenTrouble(error)) throw error;
    return undefined;
  }
}
