/** What every HSM must do, whatever it is made of. */
import { constants, createHash, createPublicKey, generateKeyPairSync, privateDecrypt, publicEncrypt, verify } from 'node:crypto';
import { aeskwp } from '@noble/ciphers/aes.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  algorithmDescriptors,
  type ExportScheme,
  exportSchemes,
  type KeySpec,
  type KeyUsage,
  keyAlgorithms,
  keyUsages,
  type Mechanism,
  mechanismsFor,
  type Purpose,
} from '../../src/domain/algorithms.js';
import { everyCapability, keyCapability } from '../../src/hsm/capabilities.js';
import type { Hsm, HsmCapabilities, KeyCapability, KeyRef, NewKey } from '../../src/hsm/contract.js';

const context = { keyId: '11111111-1111-4111-8111-111111111111', version: 1, vaultId: '22222222-2222-4222-8222-222222222222' };
const data = new TextEncoder().encode('to be or not to be');
const aes: KeySpec = { algorithm: 'AES', size: '256' };
const all = (spec: KeySpec) => algorithmDescriptors[spec.algorithm].usages;
const specs: readonly KeySpec[] = keyAlgorithms.flatMap((algorithm) =>
  algorithmDescriptors[algorithm].sizes.map(({ size }) => ({ algorithm, size })),
);

/**
 * Runs `each` for the rows that an HSM can do; for the others there is a skipped test that says so.
 * @param title names a row and what is missing
 */
export function whereAble<Row>(
  rows: readonly Row[],
  isAble: (row: Row) => boolean,
  title: (row: Row) => string,
  each: (row: Row) => void,
): void {
  for (const row of rows) {
    if (isAble(row)) each(row);
    else test.skip(`${title(row)} (skipped: no capability of this HSM)`, () => undefined);
  }
}

/** @param capabilities what the HSM says it can do; what it cannot is skipped by name */
export function hsmConformance(name: string, start: () => Promise<Hsm>, capabilities: HsmCapabilities = everyCapability()): void {
  const capable = (spec: KeySpec): KeyCapability | undefined => keyCapability(capabilities, spec);
  const does = (spec: KeySpec, mechanism: Mechanism, purpose: Purpose) =>
    capable(spec)?.uses.some((use) => use.mechanism === mechanism && use.purposes.includes(purpose)) ?? false;
  const specName = ({ algorithm, size }: KeySpec) => `${algorithm} ${size}`;
  const importKey: KeySpec = { algorithm: 'RSA', size: '3072' };
  describe(`${name} as an HSM`, { timeout: 120_000 }, () => {
    let hsm: Hsm;
    beforeAll(async () => {
      hsm = await start();
    });
    afterAll(() => hsm.close());

    // RSA keys take their time: tests that do not mind share them.
    const made = new Map<string, Promise<NewKey>>();
    const make = (spec: KeySpec, usages: readonly KeyUsage[] = all(spec), extractable = false): Promise<NewKey> => {
      const name = JSON.stringify([spec, usages, extractable]);
      const key = made.get(name) ?? hsm.generateKey(spec, { usages, extractable }, context);
      made.set(name, key);
      return key;
    };
    const ref = (key: NewKey): KeyRef => ({ blob: key.blob, context });
    const refused = (promise: Promise<unknown>, code: string) => expect(promise).rejects.toMatchObject({ code });

    const makes = (spec: KeySpec) => `makes ${specName(spec)}, and says of its blob what it said of the key`;
    whereAble(
      specs,
      (spec) => capable(spec) !== undefined,
      makes,
      (spec) =>
        test(makes(spec), async () => {
          const key = await make(spec);
          expect(await hsm.inspect(ref(key))).toEqual({
            spec,
            attributes: { usages: keyUsages.filter((usage) => all(spec).includes(usage)), extractable: false },
            checkValue: key.checkValue,
            masterKeyId: key.masterKeyId,
            publicKey: key.publicKey,
          });
          expect(key.publicKey === null).toBe(algorithmDescriptors[spec.algorithm].kind === 'SECRET');
          if (key.publicKey) expect(Buffer.from(key.checkValue)).toEqual(createHash('sha256').update(key.publicKey).digest());
        }),
    );

    const ciphers = specs.flatMap((spec) => mechanismsFor(spec.algorithm, 'ENCRYPTION').map((mechanism) => ({ ...spec, mechanism })));
    const decrypts = ({ mechanism, ...spec }: (typeof ciphers)[number]) =>
      `${mechanism} with ${specName(spec)}: decrypts what it encrypted, item by item`;
    whereAble(
      ciphers,
      (row) => does(row, row.mechanism, 'ENCRYPTION'),
      decrypts,
      ({ mechanism, ...spec }) =>
        test(decrypts({ mechanism, ...spec }), async () => {
          const key = ref(await make(spec));
          const encrypted = await hsm.encrypt(key, mechanism, [{ data }, { data: new Uint8Array() }]);
          const items = encrypted.map((result) => ({ data: result.ok ? result.data : new Uint8Array() }));
          const broken = items.map((item) => ({ data: item.data.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) }));
          expect(await hsm.decrypt(key, mechanism, items)).toEqual([
            { ok: true, data },
            { ok: true, data: new Uint8Array() },
          ]);
          if (mechanism !== 'AES_CBC') {
            const failed = { ok: false, code: 'CIPHERTEXT_INVALID' };
            expect(await hsm.decrypt(key, mechanism, [...broken, { data: new Uint8Array(3) }])).toEqual([failed, failed, failed]);
          }
        }),
    );

    const signers = specs.flatMap(({ algorithm, size }) =>
      [...mechanismsFor(algorithm, 'SIGNATURE'), ...mechanismsFor(algorithm, 'MAC')].map((mechanism) => ({ algorithm, size, mechanism })),
    );
    const verifies = ({ mechanism, ...spec }: (typeof signers)[number]) =>
      `${mechanism} with ${specName(spec)}: verifies what it signed, and nothing else`;
    const signs = (row: (typeof signers)[number]) => does(row, row.mechanism, 'SIGNATURE') || does(row, row.mechanism, 'MAC');
    whereAble(signers, signs, verifies, ({ mechanism, ...spec }) =>
      test(verifies({ mechanism, ...spec }), async () => {
        const key = ref(await make(spec));
        const [signed] = await hsm.sign(key, mechanism, [data]);
        const signature = signed?.ok ? signed.data : new Uint8Array();
        const other = signature.map((byte, i) => (i === 3 ? byte ^ 1 : byte));
        const verdicts = await hsm.verify(key, mechanism, [
          { data, signature },
          { data, signature: other },
          { data: new Uint8Array(1), signature },
          { data, signature: new Uint8Array() },
          { data, signature: signature.subarray(1) },
        ]);
        expect(verdicts).toEqual([true, false, false, false, false]);
      }),
    );

    test('additional data is authenticated', async () => {
      const key = ref(await make(aes));
      const aad = new Uint8Array([1, 2]);
      const [encrypted] = await hsm.encrypt(key, 'AES_GCM', [{ data, aad }]);
      const ciphertext = encrypted?.ok ? encrypted.data : new Uint8Array();
      const results = await hsm.decrypt(key, 'AES_GCM', [{ data: ciphertext, aad }, { data: ciphertext }]);
      expect(results.map((result) => result.ok)).toEqual([true, false]);
      await refused(hsm.encrypt(key, 'AES_CBC', [{ data, aad }]), 'MECHANISM_UNSUPPORTED');
    });

    test('usage attributes are enforced inside', async () => {
      const noUse = ref(await make(aes, []));
      const signOnly = ref(await make({ algorithm: 'RSA', size: '2048' }, ['SIGN']));
      const target = ref(await make(aes, all(aes), true));
      const item = [{ data }];
      await refused(hsm.encrypt(noUse, 'AES_GCM', item), 'USAGE_FORBIDDEN');
      await refused(hsm.decrypt(noUse, 'AES_GCM', item), 'USAGE_FORBIDDEN');
      await refused(hsm.wrapKey(noUse, target, 'AES_KWP'), 'USAGE_FORBIDDEN');
      await refused(hsm.unwrapKey(noUse, data, 'AES_KWP', aes, { usages: [], extractable: false }, null), 'USAGE_FORBIDDEN');
      await refused(hsm.decrypt(signOnly, 'RSA_OAEP_SHA256', item), 'USAGE_FORBIDDEN');
      await refused(hsm.verify(signOnly, 'RSA_PSS_SHA256', [{ data, signature: data }]), 'USAGE_FORBIDDEN');
      await refused(make(aes, ['SIGN']), 'USAGE_FORBIDDEN');
      await refused(make({ algorithm: 'AES', size: '512' }, []), 'ALGORITHM_UNKNOWN');
      await refused(hsm.encrypt(target, 'RSA_OAEP_SHA256', item), 'MECHANISM_UNSUPPORTED');
      await refused(hsm.encrypt(target, 'AES_KWP', item), 'MECHANISM_UNSUPPORTED');
    });

    test('a key that is not extractable leaves under no other key', async () => {
      const wrapping = ref(await make(aes));
      const bound = ref(await make(aes));
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      await refused(hsm.wrapKey(wrapping, bound, 'AES_KWP'), 'USAGE_FORBIDDEN');
      await refused(hsm.exportKey(bound, 'RSA_OAEP_SHA256', publicKey.export({ type: 'spki', format: 'der' })), 'USAGE_FORBIDDEN');
    });

    const returns = (spec: KeySpec) => `${specName(spec)}: wrapped here, unwrapped here, still the same key`;
    const moves = (spec: KeySpec) => (capable(spec)?.isImportable && capable(spec)?.isExtractable) ?? false;
    whereAble(specs, moves, returns, (spec) =>
      test(returns(spec), async () => {
        const wrapping = ref(await make(aes));
        const key = await make(spec, all(spec), true);
        const wrapped = await hsm.wrapKey(wrapping, ref(key), 'AES_KWP');
        const attributes = { usages: all(spec), extractable: false };
        const again = await hsm.unwrapKey(wrapping, wrapped, 'AES_KWP', spec, attributes, null);
        expect(again.checkValue).toEqual(key.checkValue);
        const altered = wrapped.map((byte, i) => (i === 9 ? byte ^ 1 : byte));
        await refused(hsm.unwrapKey(wrapping, altered, 'AES_KWP', spec, attributes, null), 'CIPHERTEXT_INVALID');
        const other: KeySpec = spec.size === '192' ? aes : { algorithm: 'AES', size: '192' };
        await refused(hsm.unwrapKey(wrapping, wrapped, 'AES_KWP', other, { usages: [], extractable: false }, null), 'CIPHERTEXT_INVALID');
      }),
    );

    const exports = (scheme: ExportScheme) => capabilities.exportSchemes.includes(scheme);
    const roundTrips = (scheme: ExportScheme) => exports(scheme) && does(importKey, scheme, 'UNWRAPPING');
    whereAble(
      exportSchemes,
      roundTrips,
      (scheme) => `${scheme} takes a key out and in`,
      (scheme) =>
        test(`${scheme} takes a key out and in`, async () => {
          const importKey = await make({ algorithm: 'RSA', size: '3072' }, ['UNWRAP']);
          const target = await make(aes, all(aes), true);
          const wrapped = await hsm.exportKey(ref(target), scheme, importKey.publicKey ?? new Uint8Array());
          const attributes = { usages: all(aes), extractable: false };
          const again = await hsm.unwrapKey(ref(importKey), wrapped, scheme, aes, attributes, null);
          expect(again.checkValue).toEqual(target.checkValue);
          const failures = [
            wrapped.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
            wrapped.subarray(1),
            new Uint8Array(),
            new Uint8Array(400),
          ];
          for (const bad of failures)
            await refused(hsm.unwrapKey(ref(importKey), bad, scheme, aes, attributes, null), 'CIPHERTEXT_INVALID');
        }),
    );

    whereAble(
      exportSchemes,
      roundTrips,
      (scheme) => `${scheme} is the recipe that others know`,
      (scheme) =>
        test(`${scheme} is the recipe that others know`, async () => {
          const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
          const target = await make(aes, all(aes), true);
          const wrapped = await hsm.exportKey(ref(target), scheme, publicKey.export({ type: 'spki', format: 'der' }));
          const oaep = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashOf(scheme) };
          const first = privateDecrypt(oaep, wrapped.subarray(0, 256));
          const material = scheme.startsWith('RSA_AES') ? aeskwp(new Uint8Array(first)).decrypt(wrapped.slice(256)) : first;
          expect(material.length).toBe(32);
          const again = await importing(material, scheme, hsm, await make({ algorithm: 'RSA', size: '2048' }, ['UNWRAP']));
          expect(again.checkValue).toEqual(target.checkValue);
        }),
    );

    test('a private key goes out by RSA_AES_KWP and is too long for plain OAEP', async () => {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const spki = publicKey.export({ type: 'spki', format: 'der' });
      const key = await make({ algorithm: 'RSA', size: '2048' }, ['SIGN'], true);
      expect((await hsm.exportKey(ref(key), 'RSA_AES_KWP_SHA256', spki)).length).toBeGreaterThan(1400);
      const oaep = exports('RSA_OAEP_SHA256') ? 'RSA_OAEP_SHA256' : 'RSA_OAEP_SHA1';
      await refused(hsm.exportKey(ref(key), oaep, spki), 'CRYPTO_FAILED');
      await refused(hsm.exportKey(ref(key), 'RSA_AES_KWP_SHA256', new Uint8Array(20)), 'CRYPTO_FAILED');
    });

    const ecdh: KeySpec = { algorithm: 'EC', size: 'P-384' };
    const derives = () => 'both sides of ECDH derive the same key; another curve is refused';
    whereAble(
      [ecdh],
      (row) => does(row, 'ECDH_HKDF_SHA256', 'DERIVATION'),
      derives,
      (spec) =>
        test(derives(), async () => {
          const [a, b, other] = [await make(spec), await make(spec, ['DERIVE']), await make({ algorithm: 'EC', size: 'P-256' })];
          const info = new Uint8Array([9]);
          const attributes = { usages: all(aes), extractable: false };
          const derive = (mine: NewKey, theirs: NewKey) =>
            hsm.deriveKey(ref(mine), theirs.publicKey ?? new Uint8Array(), info, aes, attributes, null);
          expect((await derive(a, b)).checkValue).toEqual((await derive(b, a)).checkValue);
          await refused(derive(a, other), 'CRYPTO_FAILED');
        }),
    );

    test('signatures verify outside', async () => {
      const key = await make({ algorithm: 'EC', size: 'P-256' });
      const [signed] = await hsm.sign(ref(key), 'ECDSA_SHA256', [data]);
      const publicKey = createPublicKey({ key: Buffer.from(key.publicKey ?? []), format: 'der', type: 'spki' });
      const signature = signed?.ok ? signed.data : new Uint8Array();
      expect(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    });

    test('random numbers and digests', async () => {
      const [one, other] = await Promise.all([hsm.generateRandom(32), hsm.generateRandom(32)]);
      expect(one).toHaveLength(32);
      expect(one).not.toEqual(other);
      for (const length of [0, -1, 1.5, 1_000_001]) await refused(hsm.generateRandom(length), 'TOO_LARGE');
      expect(Buffer.from(await hsm.digest('SHA-384', data))).toEqual(createHash('sha384').update(data).digest());
    });

    test('S13: a blob under another context is refused, also while the key is open', async () => {
      const key = await make(aes);
      await hsm.inspect(ref(key));
      const others = [
        null,
        { ...context, version: 2 },
        { ...context, vaultId: null },
        { ...context, vaultId: context.keyId },
        { ...context, keyId: context.vaultId },
      ];
      for (const other of others) await refused(hsm.inspect({ blob: key.blob, context: other }), 'BLOB_REFUSED');
      await refused(hsm.inspect({ blob: new Uint8Array(), context }), 'BLOB_REFUSED');
    });

    test('forgotten keys still open from their blobs', async () => {
      const key = await make(aes);
      await hsm.inspect(ref(key));
      await hsm.forget([context.keyId, 'unknown']);
      expect((await hsm.inspect(ref(key))).checkValue).toEqual(key.checkValue);
    });

    test('re-enciphering needs a committed new master key, or an HSM that can', async () => {
      await refused(hsm.reencipher(ref(await make(aes))), capabilities.reencipher ? 'MASTER_KEY_STATE_FORBIDS' : 'HSM_CAPABILITY_MISSING');
    });

    test('what the HSM cannot do is refused as such, before anything is made', async () => {
      expect(hsm.capabilities).toEqual(capabilities);
      for (const { algorithm, size } of specs) {
        const spec = { algorithm, size };
        if (!capable(spec)) await refused(make(spec), 'HSM_CAPABILITY_MISSING');
        else if (!capable(spec)?.isExtractable) await refused(make(spec, all(spec), true), 'HSM_CAPABILITY_MISSING');
      }
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const spki = publicKey.export({ type: 'spki', format: 'der' });
      const target = ref(await make(aes, all(aes), true));
      for (const scheme of exportSchemes)
        if (!exports(scheme)) await refused(hsm.exportKey(target, scheme, spki), 'HSM_CAPABILITY_MISSING');
      for (const row of signers)
        if (capable(row) && !signs(row))
          await refused(
            hsm.sign(ref(await make({ algorithm: row.algorithm, size: row.size })), row.mechanism, [data]),
            'HSM_CAPABILITY_MISSING',
          );
      if (!capabilities.ceremony) await refused(hsm.masterKey.importers(), 'HSM_CAPABILITY_MISSING');
    });
  });
}

function hashOf(scheme: ExportScheme): string {
  return scheme.endsWith('SHA1') ? 'sha1' : 'sha256';
}

/** Wraps material by hand for an import key and lets the HSM take it in. */
async function importing(material: Uint8Array, scheme: ExportScheme, hsm: Hsm, importKey: NewKey): Promise<NewKey> {
  const key = createPublicKey({ key: Buffer.from(importKey.publicKey ?? []), format: 'der', type: 'spki' });
  const oaep = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashOf(scheme) };
  const ephemeral = new Uint8Array(32).fill(5);
  const wrapped = scheme.startsWith('RSA_AES')
    ? Buffer.concat([publicEncrypt(oaep, ephemeral), aeskwp(ephemeral).encrypt(new Uint8Array(material))])
    : publicEncrypt(oaep, material);
  return hsm.unwrapKey(
    { blob: importKey.blob, context },
    new Uint8Array(wrapped),
    scheme,
    aes,
    { usages: ['ENCRYPT'], extractable: false },
    null,
  );
}
