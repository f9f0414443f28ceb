import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyCapability } from '../../src/hsm/capabilities.js';
import type { Hsm } from '../../src/hsm/contract.js';
import { describeWith } from '../programs.js';
import { hsmConformance } from './conformance.js';
import { memoryConformance } from './memory-conformance.js';
import { freshToken, hasSoftHsm } from './softhsm.js';
import { freshFolder, startedUnits } from './started-units.js';
import { vectorConformance } from './vector-conformance.js';

let dataDir = '';
let token = hasSoftHsm ? freshToken() : null;
const restart = () => startedUnits({ dataDir, units: 2, autoInitialise: true, token });
const start = async (): Promise<Hsm> => {
  dataDir = await freshFolder();
  token = freshToken();
  return restart();
};

/** Asked of the module before the tests are named: what it cannot do is skipped by name. */
const capabilities =
  token &&
  (await startedUnits({ dataDir: await freshFolder(), units: 1, token }).then(async (hsm) => {
    await hsm.close();
    return hsm.capabilities;
  }));

describeWith('softhsm2', hasSoftHsm, 'PKCS#11 on softhsm2', () => {
  if (!capabilities) return;
  hsmConformance('a token', start, capabilities);
  memoryConformance('a token', start, restart);
  describe('S13: a blob of a token', () => {
    let hsm: Hsm;
    beforeAll(async () => {
      hsm = await start();
    });
    afterAll(() => hsm.close());

    test('is refused with any byte of it changed, shortened, lengthened, or under another token', { timeout: 60_000 }, async () => {
      const context = { keyId: 'key', version: 1, vaultId: 'vault' };
      const spec = { algorithm: 'AES', size: '256' } as const;
      const { blob } = await hsm.generateKey(spec, { usages: ['ENCRYPT'], extractable: false }, context);
      const refusal = (altered: Uint8Array) =>
        hsm.inspect({ blob: altered, context }).then(
          () => 'OPENED',
          (error: { readonly code: string }) => error.code,
        );
      const flipped = await Promise.all(Array.from(blob, (_, at) => refusal(blob.map((byte, i) => (i === at ? byte ^ 1 : byte)))));
      const isMasterKeyId = (at: number) => at >= 6 && at < 22;
      expect(flipped).toEqual(flipped.map((_, at) => (isMasterKeyId(at) ? 'MASTER_KEY_MISMATCH' : 'BLOB_REFUSED')));
      const cut = await Promise.all(Array.from(blob, (_, length) => refusal(blob.subarray(0, length))));
      expect(new Set(cut)).toEqual(new Set(['BLOB_REFUSED']));
      expect(await refusal(new Uint8Array([...blob, 0]))).toBe('BLOB_REFUSED');
      const other = await startedUnits({ dataDir: await freshFolder(), units: 1, autoInitialise: true, token: freshToken() });
      await expect(other.inspect({ blob, context })).rejects.toMatchObject({ code: 'MASTER_KEY_MISMATCH' });
      await other.close();
    });
  });
  vectorConformance('a token', start, {
    supports: (spec, mechanism, use) =>
      keyCapability(capabilities, spec)?.uses.some(
        (able) => able.mechanism === mechanism && (use !== 'unwrap' || able.purposes.some((purpose) => purpose.endsWith('WRAPPING'))),
      ) ?? false,
    admits: (spec) => keyCapability(capabilities, spec)?.isImportable ?? false,
  });
});
