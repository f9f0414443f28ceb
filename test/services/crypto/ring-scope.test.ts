/** A right on a ring reaches the root keys in that ring, and no other copy of the same managed key. */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { afterEach, expect, test } from 'vitest';
import { encrypt } from '../../../src/services/crypto/encrypt.js';
import { rewrapKey } from '../../../src/services/crypto/rewrap-key.js';
import { type KeyWorld, keyWorld, refusalOf } from '../../fakes/key-world.js';

const items = [{ plaintext: utf8ToBytes('a secret') }];
let world: KeyWorld;
afterEach(async () => {
  await world.reconciler.stop();
  await world.close();
});

/** One managed key with a root key in each of two rings. */
async function twoRings() {
  world = await keyWorld();
  await world.addKeystore('internal', 'second');
  const key = await world.newKey('AES', '256');
  await world.reconciler.settle();
  const kmsKeys = await world.estate.store.read.find('kmsKey', { managedKeyId: { eq: key.id } });
  expect(new Set(kmsKeys.map(({ ringId }) => ringId)).size).toBe(2);
  const suspend = async (id: string, state: 'SUSPENDED' | 'ACTIVE') =>
    await world.estate.store.write((tx) => tx.observe('kmsKey', id, { state }));
  return { key, kmsKeys, suspend };
}

test('whichever ring the right is on, the managed key may be used there', async () => {
  const { key, kmsKeys } = await twoRings();
  for (const { id, ringId } of kmsKeys) {
    const call = await world.callOf(['KeyUser'], { kind: 'RING', id: ringId });
    expect(await refusalOf(world.perform(encrypt, { keyId: key.id, items }, call))).toBe('NOT_REFUSED');
    expect(await refusalOf(world.perform(encrypt, { keyId: id, items }, call))).toBe('NOT_REFUSED');
  }
});

test('where the root key in that ring is not usable, no other ring stands in', async () => {
  const { key, kmsKeys, suspend } = await twoRings();
  for (const { id, ringId } of kmsKeys) {
    const call = await world.callOf(['KeyUser'], { kind: 'RING', id: ringId });
    await suspend(id, 'SUSPENDED');
    expect(await refusalOf(world.perform(encrypt, { keyId: key.id, items }, call))).toBe('KEY_NOT_USABLE_HERE');
    expect(await refusalOf(world.perform(encrypt, { keyId: key.id, items }))).toBe('NOT_REFUSED');
    await suspend(id, 'ACTIVE');
  }
}, 20_000);

test("another ring's root key is forbidden, and so is everything with a right on a ring without the key", async () => {
  const { key, kmsKeys } = await twoRings();
  const [first, second] = kmsKeys;
  const call = await world.callOf(['KeyUser'], { kind: 'RING', id: first?.ringId ?? null });
  expect(await refusalOf(world.perform(encrypt, { keyId: second?.id, items }, call))).toBe('FORBIDDEN');
  const elsewhere = await world.callOf(['KeyUser'], { kind: 'RING', id: world.vaultId });
  for (const keyId of [key.id, first?.id, second?.id]) {
    expect(await refusalOf(world.perform(encrypt, { keyId, items }, elsewhere))).toBe('FORBIDDEN');
  }
  expect(await refusalOf(world.perform(rewrapKey, { keyId: key.id, items: [{ ciphertext: new Uint8Array(40) }] }, elsewhere))).toBe(
    'FORBIDDEN',
  );
});
