/**
 * Known answers and attacks that every HSM must stand, through the contract: the keys of test/vectors/contract go in
 * wrapped, as anybody's keys do, and are used as any key is. What is refused is refused with one error, whatever was wrong.
 */
import { constants, createCipheriv, createHmac, createPrivateKey, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { aeskwp } from '@noble/ciphers/aes.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { algorithmDescriptors, type KeySpec, type Mechanism } from '../../src/domain/algorithms.js';
import type { Hsm, KeyRef } from '../../src/hsm/contract.js';
import { sourceFiles } from '../source-files.js';

interface Key extends KeySpec {
  /** Hex: a raw secret, or PKCS#8 DER. */
  readonly material: string;
}

interface CaseOf<Use extends string> {
  readonly name: string;
  /** Name of a key of the file. */
  readonly key: string;
  readonly mechanism: Mechanism;
  readonly use: Use;
  readonly valid: boolean;
}

/** Bytes are hex. What a case that is not valid would have given is left out. */
export type VectorCase =
  | (CaseOf<'decrypt'> & { readonly data: string; readonly aad?: string; readonly plaintext?: string })
  | (CaseOf<'sign' | 'verify'> & { readonly data: string; readonly signature: string })
  | (CaseOf<'wrap' | 'unwrap'> & KeySpec & { readonly wrapped: string; readonly material?: string })
  | (CaseOf<'derive'> & KeySpec & { readonly peer: string; readonly info: string; readonly material?: string });

export interface VectorFile {
  readonly name: string;
  readonly source: string;
  readonly keys: Readonly<Record<string, Key>>;
  readonly cases: readonly VectorCase[];
  /** Material that is no sound key of its algorithm and size. */
  readonly refused?: readonly (Key & { readonly name: string })[];
}

/** The files of test/vectors/contract. */
export const contractVectors: readonly VectorFile[] = sourceFiles('test/vectors/contract', ['.json']).map((file) => ({
  name: basename(file, '.json'),
  ...(JSON.parse(readFileSync(file, 'utf8')) as Omit<VectorFile, 'name'>),
}));

export interface VectorOptions {
  /** Whether the HSM can do this at all; what it cannot is left out. All is expected where this is absent. */
  readonly supports?: (spec: KeySpec, mechanism: Mechanism, use: VectorCase['use']) => boolean;
  /** Whether the HSM takes in this key; it takes in all where this is absent. */
  readonly admits?: (spec: KeySpec) => boolean;
}

/** Runs the vectors on an HSM that holds a master key. */
export function vectorConformance(name: string, start: () => Promise<Hsm>, options: VectorOptions = {}): void {
  const { supports = () => true, admits = () => true } = options;
  describe(`S22: vectors on ${name}`, { timeout: 120_000 }, () => {
    let bench: Bench;
    let hsm: Hsm;
    beforeAll(async () => {
      hsm = await start();
      bench = await benchOf(hsm);
    });
    afterAll(() => hsm?.close());

    for (const file of contractVectors) {
      const specOf = (candidate: VectorCase) => file.keys[candidate.key] as Key;
      const cases = file.cases.filter(
        (candidate) => admits(specOf(candidate)) && supports(specOf(candidate), candidate.mechanism, candidate.use),
      );
      // One test a key: thousands of tests would cost more than what they test.
      const keys = [...new Set(cases.map(({ key }) => key))];
      test.each(keys)(`${file.name}: key %s`, async (key) => {
        const failures: string[] = [];
        for (const vector of cases.filter((candidate) => candidate.key === key)) {
          const problem = await uses[vector.use](bench, await bench.take(specOf(vector)), vector as never);
          if (problem !== undefined) failures.push(`${vector.name}: ${problem}`);
        }
        expect(failures).toEqual([]);
      });
      const refused = (file.refused ?? []).filter(admits);
      if (refused.length > 0)
        test.each(refused)('refused on its way in: $name', async (key) => {
          expect(await refusalOf(() => bench.take(key))).toEqual({ code: 'CIPHERTEXT_INVALID', details: {} });
        });
    }
  });
}

/** An HSM with a key that takes in known material. */
interface Bench {
  readonly hsm: Hsm;
  take(key: Key): Promise<KeyRef>;
}

async function benchOf(hsm: Hsm): Promise<Bench> {
  const importer = await hsm.generateKey({ algorithm: 'RSA', size: '2048' }, { usages: ['UNWRAP'], extractable: false }, null);
  const publicKey = createPublicKey({ key: Buffer.from(importer.publicKey ?? []), format: 'der', type: 'spki' });
  const taken = new Map<string, Promise<KeyRef>>();
  const take = async ({ algorithm, size, material }: Key): Promise<KeyRef> => {
    const ephemeral = new Uint8Array(randomBytes(32));
    const oaep = { key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const wrapped = new Uint8Array(Buffer.concat([publicEncrypt(oaep, ephemeral), aeskwp(ephemeral).encrypt(bytes(material))]));
    const attributes = { usages: algorithmDescriptors[algorithm].usages, extractable: true };
    const importKey = { blob: importer.blob, context: null };
    const { blob } = await hsm.unwrapKey(importKey, wrapped, 'RSA_AES_KWP_SHA256', { algorithm, size }, attributes, null);
    return { blob, context: null };
  };
  return {
    hsm,
    take: (key) => {
      const name = `${key.algorithm} ${key.size} ${key.material}`;
      const known = taken.get(name) ?? take(key);
      taken.set(name, known);
      return known;
    },
  };
}

type Run<Use extends VectorCase['use']> = (
  bench: Bench,
  key: KeyRef,
  vector: Extract<VectorCase, { use: Use }>,
) => Promise<string | undefined>;

/** What is wrong, or nothing. */
const uses: { readonly [Use in VectorCase['use']]: Run<Use> } = {
  decrypt: async ({ hsm }, key, { mechanism, data, aad, plaintext }) => {
    const item = { data: bytes(data), ...(mechanism === 'AES_GCM' ? { aad: bytes(aad ?? '') } : {}) };
    const [result] = await hsm.decrypt(key, mechanism, [item]);
    const expected = plaintext === undefined ? 'CIPHERTEXT_INVALID' : plaintext;
    return difference(expected, result?.ok ? hex(result.data) : result?.code);
  },
  sign: async ({ hsm }, key, { mechanism, data, signature }) => {
    const [result] = await hsm.sign(key, mechanism, [bytes(data)]);
    return difference(signature, result?.ok ? hex(result.data) : result?.code);
  },
  verify: async ({ hsm }, key, { mechanism, data, signature, valid }) => {
    const [verdict] = await hsm.verify(key, mechanism, [{ data: bytes(data), signature: bytes(signature) }]);
    return difference(String(valid), String(verdict));
  },
  wrap: async ({ hsm, take }, key, { mechanism, wrapped, material = '', algorithm, size }) => {
    const target = await take({ algorithm, size, material });
    return difference(wrapped, hex(await hsm.wrapKey(key, target, mechanism)));
  },
  unwrap: async ({ hsm }, key, { mechanism, wrapped, material, algorithm, size }) =>
    await newKey('CIPHERTEXT_INVALID', material, { algorithm, size }, () =>
      hsm.unwrapKey(key, bytes(wrapped), mechanism, { algorithm, size }, { usages: [], extractable: false }, null),
    ),
  derive: async ({ hsm }, key, { peer, info, material, algorithm, size }) =>
    await newKey('CRYPTO_FAILED', material, { algorithm, size }, () =>
      hsm.deriveKey(key, bytes(peer), bytes(info), { algorithm, size }, { usages: [], extractable: false }, null),
    ),
};

/** A new key is recognised by its check value; a refusal says its code and nothing more. */
async function newKey(code: string, material: string | undefined, spec: KeySpec, make: () => ReturnType<Hsm['deriveKey']>) {
  if (material === undefined) return difference(JSON.stringify({ code, details: {} }), JSON.stringify(await refusalOf(make)));
  return difference(hex(checkValueOf(spec, bytes(material))), hex((await make()).checkValue));
}

function checkValueOf({ algorithm, size }: KeySpec, material: Uint8Array): Uint8Array {
  if (algorithm === 'AES') return createCipheriv(`aes-${size}-ecb`, material, null).update(new Uint8Array(16)).subarray(0, 3);
  if (algorithm === 'HMAC') return createHmac(`sha${size}`, material).digest().subarray(0, 3);
  const privateKey = createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' });
  return sha256(new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })));
}

async function refusalOf(work: () => Promise<unknown>): Promise<{ readonly code: unknown; readonly details: unknown } | 'DONE'> {
  try {
    await work();
    return 'DONE';
  } catch (error) {
    const { code, details } = error as { code: unknown; details: unknown };
    return { code, details };
  }
}

function difference(expected: string, got: string | undefined): string | undefined {
  return expected === got ? undefined : `expected ${expected.slice(0, 80)}, got ${got?.slice(0, 80)}`;
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}
