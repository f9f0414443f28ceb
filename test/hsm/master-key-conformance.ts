/** What every HSM must do with its master key registers. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { combineKeyParts, verificationPatternOf } from '../../src/domain/key-part.js';
import type { Hsm } from '../../src/hsm/contract.js';
import { loadPart, loadParts, parts, pattern, unseal } from './ceremony.js';

const otherParts = [new Uint8Array(32).fill(0x77), new Uint8Array(32).fill(0x12), new Uint8Array(32).fill(0x31)];
const otherPattern = verificationPatternOf(combineKeyParts(otherParts));
const spec = { algorithm: 'AES', size: '256' } as const;
const attributes = { usages: ['ENCRYPT', 'DECRYPT'], extractable: false } as const;

/** `start` gives a fresh HSM that nobody initialised; `restart` the same one after its end. */
export function masterKeyConformance(name: string, start: () => Promise<Hsm>, restart: () => Promise<Hsm>): void {
  describe(`${name}: master key`, { timeout: 120_000 }, () => {
    let hsm: Hsm;
    beforeEach(async () => {
      hsm = await start();
    });
    afterEach(() => hsm.close());
    const refused = (promise: Promise<unknown>, reason: string) =>
      expect(promise).rejects.toMatchObject({ code: 'MASTER_KEY_STATE_FORBIDS', details: { reason } });

    test('without a master key every use is answered HSM_SEALED', async () => {
      expect(await hsm.status()).toMatchObject({ sealed: true, initialised: false, expectedVerificationPattern: null });
      const ref = { blob: new Uint8Array(200), context: null };
      const uses = [
        hsm.generateRandom(8),
        hsm.digest('SHA-256', new Uint8Array()),
        hsm.generateKey(spec, attributes, null),
        hsm.encrypt(ref, 'AES_GCM', []),
        hsm.inspect(ref),
        hsm.reencipher(ref),
      ];
      await Promise.all(uses.map((use) => expect(use).rejects.toMatchObject({ code: 'HSM_SEALED' })));
    });

    test('parts become the key they promise, step by step', async () => {
      await loadPart(hsm, 1, 2, parts[0]);
      expect((await hsm.status()).registers.new).toEqual({ state: 'EMPTY', verificationPattern: null, partsLoaded: 1, partsTotal: 2 });
      await loadPart(hsm, 2, 2, parts[1]);
      expect((await hsm.status()).registers.new).toMatchObject({ state: 'FULL_UNCOMMITTED', verificationPattern: pattern });
      expect((await hsm.masterKey.commit(pattern)).new.state).toBe('FULL_COMMITTED');
      const registers = await hsm.masterKey.activate(pattern);
      expect(registers).toMatchObject({ current: { state: 'VALID', verificationPattern: pattern }, new: { state: 'EMPTY' } });
      expect(await hsm.status()).toMatchObject({ sealed: false, initialised: true, expectedVerificationPattern: pattern });
      const key = await hsm.generateKey(spec, attributes, null);
      expect(key.masterKeyId).toEqual(pattern.subarray(0, 16));
    });

    test('steps out of their order are refused by name', async () => {
      await refused(hsm.masterKey.commit(pattern), 'NEW_REGISTER_EMPTY');
      await refused(hsm.masterKey.activate(pattern), 'NEW_REGISTER_EMPTY');
      await refused(loadPart(hsm, 3, 2, parts[0]), 'PART_NUMBER_INVALID');
      await refused(loadPart(hsm, 1, 1, parts[0]), 'PART_NUMBER_INVALID');
      await loadPart(hsm, 1, 2, parts[0]);
      await refused(hsm.masterKey.commit(pattern), 'NEW_REGISTER_INCOMPLETE');
      await refused(loadPart(hsm, 1, 2, parts[0]), 'PART_ALREADY_LOADED');
      await refused(loadPart(hsm, 2, 2, parts[0]), 'PART_REPEATED');
      await refused(loadPart(hsm, 2, 3, parts[1]), 'PART_TOTAL_DIFFERS');
      await loadPart(hsm, 2, 2, parts[1]);
      await refused(loadPart(hsm, 2, 2, parts[1]), 'NEW_REGISTER_FULL');
      await refused(hsm.masterKey.activate(pattern), 'NEW_REGISTER_NOT_COMMITTED');
      await refused(hsm.masterKey.commit(otherPattern), 'VERIFICATION_PATTERN_MISMATCH');
      expect((await hsm.masterKey.clearNew()).new).toMatchObject({ state: 'EMPTY', partsLoaded: 0 });
    });

    test('a part that is not encrypted for the unit, or has another length, is refused', async () => {
      const importers = await hsm.masterKey.importers();
      const byUnit = importers.map(({ unit }) => ({ unit, encrypted: new Uint8Array(384) }));
      await expect(hsm.masterKey.loadPart({ part: 1, total: 2, byUnit })).rejects.toMatchObject({ code: 'KEY_PART_INVALID' });
      await expect(hsm.masterKey.loadPart({ part: 1, total: 2, byUnit: [] })).rejects.toMatchObject({ code: 'KEY_PART_INVALID' });
      await expect(loadPart(hsm, 1, 2, new Uint8Array(31).fill(1))).rejects.toMatchObject({ code: 'KEY_PART_INVALID' });
    });

    test('without a device key it starts sealed, and only the expected parts unseal it', async () => {
      await unseal(hsm);
      const key = await hsm.generateKey(spec, attributes, null);
      await hsm.close();
      hsm = await restart();
      expect(await hsm.status()).toMatchObject({ sealed: true, initialised: true, expectedVerificationPattern: pattern });
      await expect(hsm.inspect({ blob: key.blob, context: null })).rejects.toMatchObject({ code: 'HSM_SEALED' });
      await loadParts(hsm, otherParts);
      await hsm.masterKey.commit(otherPattern);
      const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
      await expect(hsm.masterKey.activate(otherPattern)).rejects.toMatchObject({
        details: { reason: 'VERIFICATION_PATTERN_MISMATCH', expected: hex(pattern), loaded: hex(otherPattern) },
      });
      expect((await hsm.status()).sealed).toBe(true);
      await hsm.masterKey.clearNew();
      await unseal(hsm);
      expect((await hsm.inspect({ blob: key.blob, context: null })).checkValue).toEqual(key.checkValue);
    });

    test('blobs move to a new master key between commit and activation', async () => {
      await unseal(hsm);
      const context = { keyId: 'k', version: 1, vaultId: null };
      const key = await hsm.generateKey(spec, attributes, context);
      const old = { blob: key.blob, context };
      await loadParts(hsm, otherParts);
      await refused(hsm.reencipher(old), 'NEW_REGISTER_NOT_COMMITTED');
      await hsm.masterKey.commit(otherPattern);
      const moved = { blob: await hsm.reencipher(old), context };
      expect((await hsm.inspect(old)).checkValue).toEqual(key.checkValue);
      await expect(hsm.inspect(moved)).rejects.toMatchObject({ code: 'MASTER_KEY_MISMATCH' });
      await hsm.masterKey.activate(otherPattern);
      const found = await hsm.inspect(moved);
      expect(found).toMatchObject({ checkValue: key.checkValue, attributes, masterKeyId: otherPattern.subarray(0, 16) });
      await expect(hsm.inspect(old)).rejects.toMatchObject({ code: 'MASTER_KEY_MISMATCH' });
    });

    test('the key that is current cannot be loaded again', async () => {
      await unseal(hsm);
      await loadPart(hsm, 1, 2, parts[0]);
      await refused(loadPart(hsm, 2, 2, parts[1]), 'SAME_AS_CURRENT');
    });
  });
}
