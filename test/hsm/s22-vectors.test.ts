/** S22: known answers and attacks, on the soft HSM in this process and in crypto units, and for every row of the algorithm table. */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { algorithmDescriptors, keyAlgorithms, type Mechanism, mechanisms } from '../../src/domain/algorithms.js';
import type { Hsm } from '../../src/hsm/contract.js';
import { mechanismTable } from '../../src/hsm/soft/mechanisms/table.js';
import { softHsm } from '../../src/hsm/soft/soft-hsm.js';
import { sourceFiles } from '../source-files.js';
import { freshFolder, startedUnits } from './started-units.js';
import { contractVectors, vectorConformance } from './vector-conformance.js';

vectorConformance('the soft HSM', () => softHsm());
vectorConformance('crypto units', async () => startedUnits({ dataDir: await freshFolder(), units: 1, autoInitialise: true }));

describe('S22: the vectors', () => {
  const cases = contractVectors.flatMap(({ keys, cases: all }) => all.map((vector) => ({ ...vector, spec: keys[vector.key] })));
  const attacked = cases.filter(({ valid }) => !valid);
  const known = cases.filter(({ valid }) => valid);

  test.each(mechanisms)('%s has known answers and attacks', (mechanism) => {
    expect(known.filter((vector) => vector.mechanism === mechanism).length).toBeGreaterThan(0);
    expect(attacked.filter((vector) => vector.mechanism === mechanism).length).toBeGreaterThan(4);
  });

  const specs = keyAlgorithms.flatMap((algorithm) => algorithmDescriptors[algorithm].sizes.map(({ size }) => ({ algorithm, size })));
  test.each(specs)('$algorithm $size has known answers', ({ algorithm, size }) => {
    expect(known.some(({ spec }) => spec?.algorithm === algorithm && spec.size === size)).toBe(true);
  });

  test.each(contractVectors)('$name names its source', ({ source }) => {
    expect(source).toMatch(/RFC \d+|NIST SP|FIPS \d+|Wycheproof/);
  });
});

describe.each(['ecdsa', 'ed25519'])('S22: signatures under public keys alone, %s', (name) => {
  interface Case {
    readonly name: string;
    readonly mechanism: Mechanism;
    readonly publicKey: string;
    readonly data: string;
    readonly signature: string;
    readonly valid: boolean;
  }
  const file = new URL(`../vectors/public-key/${name}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

  test(`${cases.length} of Project Wycheproof`, async () => {
    const wrong: string[] = [];
    for (const { name, mechanism, publicKey, data, signature, valid } of cases) {
      const key = createPublicKey({ key: Buffer.from(publicKey, 'hex'), format: 'der', type: 'spki' });
      const verdict = await mechanismTable[mechanism].verify?.({ key, publicKey: key }, bytes(data), bytes(signature));
      if (verdict !== valid) wrong.push(`${name}: ${verdict}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('S22: failures are told alike', () => {
  let hsm: Hsm;
  beforeAll(async () => {
    hsm = await softHsm();
  });
  afterAll(() => hsm.close());

  test('whatever is wrong with a wrapped key, its length included', async () => {
    const importer = await hsm.generateKey({ algorithm: 'RSA', size: '2048' }, { usages: ['UNWRAP'], extractable: false }, null);
    const told = new Set<string>();
    for (const length of [0, 1, 16, 255, 256, 257, 272, 296, 512]) {
      for (const mechanism of ['RSA_OAEP_SHA256', 'RSA_OAEP_SHA1', 'RSA_AES_KWP_SHA256', 'RSA_AES_KWP_SHA1'] as const) {
        const wrapped = new Uint8Array(length).fill(1);
        const spec = { algorithm: 'AES', size: '256' } as const;
        await hsm
          .unwrapKey({ blob: importer.blob, context: null }, wrapped, mechanism, spec, { usages: [], extractable: false }, null)
          .then(
            () => told.add('DONE'),
            ({ code, details, message }) => told.add(JSON.stringify({ code, details, message })),
          );
      }
    }
    expect([...told]).toEqual([
      JSON.stringify({ code: 'CIPHERTEXT_INVALID', details: {}, message: 'The ciphertext is not one of this key or was altered.' }),
    ]);
  });
});

describe('S22: comparisons of MACs, tags and secrets take constant time', () => {
  /** Comparisons that stop at the first difference, on names that hold such a thing. */
  const secret = '(tag|mac|hmac|digest|signature|secret|token|hash|checkValue|checksum|icv)';
  const variable = [
    new RegExp(`\\b\\w*${secret}\\b(\\(\\))?\\s*[!=]==(?!\\s*(undefined|null|'|"|\`|\\d))`, 'i'),
    new RegExp(`(?<!typeof \\w+ )[!=]==\\s*\\w*${secret}\\b(?!\\.length)`, 'i'),
    /\.equals\(/,
    /\bcompare\(/,
    /isDeepStrictEqual\(/,
  ];
  /** What is compared there is no secret. */
  const allowed: Readonly<Record<string, string>> = {
    'view.subarray(0, magic.length).equals(magic)': "the blob's magic number",
    'Buffer.compare(checkpoint.root, known.root)': 'roots of the audit log',
    'Buffer.compare(a, b)': 'ids in order',
    'Buffer.compare(entryAt(': 'ids in order',
    'Buffer.compare(left, right)': 'ids in order',
    'Buffer.compare(merged.subarray(length - entryBytes, length), entry)': 'ids in order',
  };

  test('in the HSM and where callers are authenticated', () => {
    const suspects = ['src/hsm', 'src/services/iam'].flatMap((folder) =>
      sourceFiles(folder).flatMap((file) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .map((text, index) => ({ place: `${file.slice(file.indexOf('src/'))}:${index + 1}`, text: text.trim() }))
          .filter(({ text }) => !text.startsWith('*') && !text.startsWith('//') && variable.some((form) => form.test(text)))
          .filter(({ text }) => !Object.keys(allowed).some((known) => text.includes(known))),
      ),
    );
    expect(suspects).toEqual([]);
  });

  test('and the rule knows what it looks for', () => {
    const wrong = [
      'if (tag === given)',
      'return hmac(x).equals(y)',
      'Buffer.compare(a, b)',
      'if (given === expectedTag)',
      'if (secretHash !== other)',
    ];
    for (const text of wrong)
      expect(
        variable.some((form) => form.test(text)),
        text,
      ).toBe(true);
    expect(variable.some((form) => form.test('equalBytes(tag, given)'))).toBe(false);
  });
});
