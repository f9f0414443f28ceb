import { utf8ToBytes } from '@noble/hashes/utils.js';
import { afterEach, describe, expect, test } from 'vitest';
import { generateMac } from '../../../src/services/crypto/generate-mac.js';
import { sign } from '../../../src/services/crypto/sign.js';
import { verify } from '../../../src/services/crypto/verify.js';
import { verifyMac } from '../../../src/services/crypto/verify-mac.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { type KeyWorld, keyWorld, refusalOf } from '../../fakes/key-world.js';

const data = utf8ToBytes('a statement');
const other = utf8ToBytes('another one');
let world: KeyWorld;

afterEach(async () => {
  await world.reconciler.stop();
  await world.close();
});

async function settledKey(algorithm: string, size: string) {
  world = await keyWorld();
  const key = await world.newKey(algorithm, size);
  await world.reconciler.settle();
  return key;
}

async function signatureOf(keyId: string, fields: object = {}): Promise<Uint8Array> {
  const { items } = await world.perform(sign, { keyId, items: [{ data }], ...fields });
  return (items[0] as { signature: Uint8Array }).signature;
}

describe('sign and verify', () => {
  for (const [algorithm, size, mechanism] of [
    ['RSA', '2048', 'RSA_PSS_SHA256'],
    ['EC', 'P-256', 'ECDSA_SHA256'],
    ['EC', 'P-521', 'ECDSA_SHA512'],
    ['EC', 'SECP256K1', 'ECDSA_SHA256'],
    ['ED25519', 'ED25519', 'EDDSA'],
  ] as const) {
    test(`${algorithm} ${size} uses ${mechanism} unless told otherwise`, async () => {
      const { id: keyId } = await settledKey(algorithm, size);
      const signature = await signatureOf(keyId);
      const items = [
        { data, signature },
        { data: other, signature },
      ];
      const answer = await world.perform(verify, { keyId, items });
      expect(answer).toEqual({ keyVersion: 1, mechanism, items: [{ valid: true }, { valid: false }] });
      expect((await world.audit()).at(-1)?.event).toMatchObject({ action: 'managed-key.verify', count: 2, details: { invalid: 1 } });
    });
  }

  test('a signature names no version: after a rotation the old one is verified by number', async () => {
    const { id: keyId } = await settledKey('EC', 'P-256');
    const signature = await signatureOf(keyId);
    await world.perform(rotateManagedKey, { id: keyId });
    await world.reconciler.settle();
    const items = [{ data, signature }];
    expect((await world.perform(verify, { keyId, items })).items).toEqual([{ valid: false }]);
    expect((await world.perform(verify, { keyId, version: 1, items })).items).toEqual([{ valid: true }]);
    expect(await refusalOf(world.perform(verify, { keyId, version: 3, items }))).toBe('KEY_VERSION_NOT_FOUND');
  });

  test('a deactivated key verifies and does not sign; a mechanism of another kind is refused with those that fit', async () => {
    const { id: keyId } = await settledKey('EC', 'P-256');
    const signature = await signatureOf(keyId, { mechanism: 'ECDSA_SHA512' });
    expect(await refusalOf(signatureOf(keyId, { mechanism: 'HMAC_SHA256' }))).toBe('MECHANISM_UNSUPPORTED');
    await world.perform(deactivateManagedKey, { id: keyId });
    await world.reconciler.settle();
    expect(await refusalOf(signatureOf(keyId))).toBe('KEY_STATE_FORBIDS');
    const input = { keyId, mechanism: 'ECDSA_SHA512', items: [{ data, signature }] };
    expect((await world.perform(verify, input)).items).toEqual([{ valid: true }]);
  });
});

describe('MACs', () => {
  test('are made and verified by HMAC keys, with the mechanism of the size', async () => {
    const { id: keyId } = await settledKey('HMAC', '384');
    const made = await world.perform(generateMac, { keyId, items: [{ data }] });
    expect(made).toMatchObject({ keyVersion: 1, mechanism: 'HMAC_SHA384' });
    const [item] = made.items as readonly { mac: Uint8Array }[];
    const mac = item?.mac as Uint8Array;
    expect(mac).toHaveLength(48);
    const items = [
      { data, mac },
      { data: other, mac },
    ];
    expect((await world.perform(verifyMac, { keyId, items })).items).toEqual([{ valid: true }, { valid: false }]);
    expect(await refusalOf(world.perform(sign, { keyId, items: [{ data }] }))).toBe('MECHANISM_UNSUPPORTED');
  });
});

test('who holds no right to use the key is refused before anything is told', async () => {
  const { id: keyId } = await settledKey('EC', 'P-256');
  const stranger = await world.callOf(['Auditor']);
  expect(await refusalOf(world.perform(sign, { keyId, items: [{ data }] }, stranger))).toBe('FORBIDDEN');
  const absent = { keyId: '00000000-0000-4000-8000-00000000dead', items: [{ data }] };
  expect(await refusalOf(world.perform(sign, absent, stranger))).toBe('FORBIDDEN');
  const bound = await world.callOf(['KeyUser'], { kind: 'KEY', id: keyId });
  expect(await refusalOf(world.perform(sign, { keyId, items: [{ data }] }, bound))).toBe('NOT_REFUSED');
});
