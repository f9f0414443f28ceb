import { utf8ToBytes } from '@noble/hashes/utils.js';
import { afterEach, describe, expect, test } from 'vitest';
import { decrypt } from '../../../src/services/crypto/decrypt.js';
import { encrypt } from '../../../src/services/crypto/encrypt.js';
import { generateRandom } from '../../../src/services/crypto/generate-random.js';
import { rewrapKey } from '../../../src/services/crypto/rewrap-key.js';
import { unwrapKey } from '../../../src/services/crypto/unwrap-key.js';
import { wrapKey } from '../../../src/services/crypto/wrap-key.js';
import { deleteKeystore } from '../../../src/services/keystores/delete.js';
import { activateManagedKey } from '../../../src/services/managed-keys/activate.js';
import { cancelManagedKeyDestruction } from '../../../src/services/managed-keys/cancel-destruction.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { type KeyWorld, keyWorld, refusalOf } from '../../fakes/key-world.js';

const data = utf8ToBytes('a secret');
let world: KeyWorld;

afterEach(async () => {
  await world.reconciler.stop();
  await world.close();
});

async function settledKey(algorithm = 'AES', size = '256') {
  world = await keyWorld();
  const key = await world.newKey(algorithm, size);
  await world.reconciler.settle();
  return key;
}

type Outcome = { readonly error?: { code: string }; readonly plaintext?: Uint8Array; readonly ciphertext?: Uint8Array };

function only(result: { readonly items: readonly object[] }): Outcome & Record<string, unknown> {
  expect(result.items).toHaveLength(1);
  return result.items[0] as Outcome & Record<string, unknown>;
}

async function sealed(keyId: string, aad?: Uint8Array): Promise<Uint8Array> {
  const result = await world.perform(encrypt, { keyId, items: [{ plaintext: data, ...(aad ? { aad } : {}) }] });
  return only(result).ciphertext as Uint8Array;
}

describe('encrypt and decrypt', () => {
  for (const [algorithm, size] of [
    ['AES', '128'],
    ['AES', '256'],
    ['RSA', '2048'],
  ] as const) {
    test(`${algorithm}-${size} gives back what it was given, by the managed key's or the root key's id`, async () => {
      const key = await settledKey(algorithm, size);
      const ciphertext = await sealed(key.id);
      expect(only(await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext }] }))).toEqual({ plaintext: data, keyVersion: 1 });
      const [rootKey] = await world.estate.store.read.find('kmsKey', {});
      expect(only(await world.perform(decrypt, { keyId: rootKey?.id, items: [{ ciphertext }] })).plaintext).toEqual(data);
    });
  }

  test('one failing item does not fail the others, and the audit event counts both', async () => {
    const key = await settledKey();
    const good = await sealed(key.id);
    const altered = good.slice();
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    const { items } = await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext: altered }, { ciphertext: good }] });
    expect(items[0]).toMatchObject({ error: { code: 'CIPHERTEXT_INVALID' } });
    expect(items[1]).toMatchObject({ plaintext: data });
    const event = (await world.audit()).at(-1)?.event;
    expect(event).toMatchObject({ action: 'managed-key.decrypt', count: 2, details: { keyId: key.id, versions: [1], failed: 1 } });
    expect(JSON.stringify(event)).not.toContain('a secret');
  });

  test('every byte of the header and the associated data are authenticated', async () => {
    const key = await settledKey();
    const aad = utf8ToBytes('row 7');
    const ciphertext = await sealed(key.id, aad);
    for (let position = 0; position < 27; position += 1) {
      const altered = ciphertext.slice();
      altered[position] = (altered[position] ?? 0) ^ 3;
      expect(only(await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext: altered, aad }] })).error?.code).toBe(
        'CIPHERTEXT_INVALID',
      );
    }
    for (const wrong of [{}, { aad: utf8ToBytes('row 8') }]) {
      expect(only(await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext, ...wrong }] })).error?.code).toBe(
        'CIPHERTEXT_INVALID',
      );
    }
  });

  test('a ciphertext of another key is none of this one', async () => {
    const key = await settledKey();
    const other = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const ciphertext = await sealed(other.id);
    expect(only(await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext }] })).error?.code).toBe('CIPHERTEXT_INVALID');
  });

  test('too much is refused before the HSM is asked', async () => {
    const key = await settledKey();
    const items = Array.from({ length: 9 }, () => ({ plaintext: new Uint8Array(1024 * 1024) }));
    expect(await refusalOf(world.perform(encrypt, { keyId: key.id, items }))).toBe('TOO_LARGE');
    expect(await refusalOf(world.perform(encrypt, { keyId: key.id, items: [] }))).toBe('INPUT_INVALID');
    const large = { keyId: key.id, items: [{ plaintext: new Uint8Array(1024 * 1024 + 1) }] };
    expect(await refusalOf(world.perform(encrypt, large))).toBe('INPUT_INVALID');
  });

  test('a key for signing does not encrypt', async () => {
    const key = await settledKey('ED25519', 'ED25519');
    expect(await refusalOf(world.perform(encrypt, { keyId: key.id, items: [{ plaintext: data }] }))).toBe('MECHANISM_UNSUPPORTED');
  });
});

describe('the life of a key decides at each use, before the keystore follows', () => {
  test('rotation: new data goes under the new version, old ciphertexts open, rewrap brings them along', async () => {
    const key = await settledKey();
    const old = await sealed(key.id);
    await world.perform(rotateManagedKey, { id: key.id });
    await world.reconciler.settle();
    expect((await world.perform(encrypt, { keyId: key.id, items: [{ plaintext: data }] })).keyVersion).toBe(2);
    expect(only(await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext: old }] }))).toMatchObject({
      plaintext: data,
      keyVersion: 1,
    });
    const rewrapped = only(await world.perform(rewrapKey, { keyId: key.id, items: [{ ciphertext: old }] }));
    expect(rewrapped).toMatchObject({ keyVersion: 2, previousVersion: 1 });
    const again = { keyId: key.id, items: [{ ciphertext: rewrapped.ciphertext }] };
    expect(only(await world.perform(decrypt, again))).toEqual({ plaintext: data, keyVersion: 2 });
  });

  test('deactivated: encrypt is refused, decrypt works; active again: both work', async () => {
    const key = await settledKey();
    const ciphertext = await sealed(key.id);
    await world.perform(deactivateManagedKey, { id: key.id });
    expect(await refusalOf(sealed(key.id))).toBe('KEY_STATE_FORBIDS');
    expect(only(await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext }] })).plaintext).toEqual(data);
    await world.reconciler.settle();
    expect(await refusalOf(sealed(key.id))).toBe('KEY_STATE_FORBIDS');
    expect(only(await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext }] })).plaintext).toEqual(data);
    await world.perform(activateManagedKey, { id: key.id });
    await world.reconciler.settle();
    expect((await sealed(key.id)).length).toBeGreaterThan(0);
  });

  test('S5: destroyed keys do nothing, from the answer to the destruction on', async () => {
    const key = await settledKey();
    const ciphertext = await sealed(key.id);
    await world.perform(destroyManagedKey, { id: key.id });
    expect(await refusalOf(world.perform(decrypt, { keyId: key.id, items: [{ ciphertext }] }))).toBe('KEY_STATE_FORBIDS');
    expect(await refusalOf(sealed(key.id))).toBe('KEY_STATE_FORBIDS');
    await world.reconciler.settle();
    const [rootKey] = await world.estate.store.read.find('kmsKey', {});
    expect(rootKey).toMatchObject({ state: 'DESTROYED' });
    expect(await world.estate.store.read.find('kmsKeyVersion', {})).toMatchObject([{ state: 'DESTROYED', blobId: null }]);
    expect(await world.estate.store.read.find('keyBlob', { ownerKind: { eq: 'KEY_VERSION' } })).toEqual([]);
    expect(await refusalOf(world.perform(decrypt, { keyId: rootKey?.id, items: [{ ciphertext }] }))).toBe('KEY_STATE_FORBIDS');
  });

  test('waiting for destruction: nothing works until it is cancelled', async () => {
    world = await keyWorld({ policy: { pendingDestructionSeconds: 86_400 } });
    const key = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const ciphertext = await sealed(key.id);
    await world.perform(destroyManagedKey, { id: key.id });
    expect(await refusalOf(world.perform(decrypt, { keyId: key.id, items: [{ ciphertext }] }))).toBe('DESTRUCTION_PENDING');
    await world.reconciler.settle();
    const [pending] = await world.estate.store.read.find('kmsKey', {});
    expect(pending).toMatchObject({ state: 'DEACTIVATED', pendingUntil: '2030-01-02T00:00:00.000Z' });
    await world.perform(cancelManagedKeyDestruction, { id: key.id });
    await world.reconciler.settle();
    expect(only(await world.perform(decrypt, { keyId: key.id, items: [{ ciphertext }] })).plaintext).toEqual(data);
  });

  test('right after its creation a key can be used: the call waits for the reconciler', async () => {
    world = await keyWorld();
    world.reconciler.start();
    const key = await world.newKey('AES', '256');
    expect((await sealed(key.id)).length).toBeGreaterThan(0);
    await world.perform(rotateManagedKey, { id: key.id });
    expect((await world.perform(encrypt, { keyId: key.id, items: [{ plaintext: data }] })).keyVersion).toBe(2);
  });

  test('a key in no internal keystore is not waited for', async () => {
    world = await keyWorld();
    const key = await world.newKey('AES', '256', { initialState: 'PRE_ACTIVATION' });
    expect(await refusalOf(sealed(key.id))).toBe('KEY_STATE_FORBIDS');
  });
});

describe('S13: key blobs', () => {
  test('swapped between two rows, or altered by a bit, they are refused', async () => {
    const first = await settledKey();
    const second = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const ciphertext = await sealed(first.id);
    const { store } = world.estate;
    const blobs = await store.read.find('keyBlob', { ownerKind: { eq: 'KEY_VERSION' } });
    const [a, b] = blobs;
    if (!a || !b) throw new Error('two blobs expected');
    const use = async (keyId: string) => await refusalOf(world.perform(encrypt, { keyId, items: [{ plaintext: data }] }));

    await store.write(async (tx) => {
      await tx.observe('keyBlob', a.id, { blob: b.blob, context: b.context });
      await tx.observe('keyBlob', b.id, { blob: a.blob, context: a.context });
    });
    expect([await use(first.id), await use(second.id)]).toEqual(['BLOB_REFUSED', 'BLOB_REFUSED']);
    expect(await refusalOf(world.perform(decrypt, { keyId: first.id, items: [{ ciphertext }] }))).toBe('BLOB_REFUSED');

    const altered = a.blob.slice();
    altered[altered.length >> 1] = (altered[altered.length >> 1] ?? 0) ^ 0x10;
    await store.write(async (tx) => {
      await tx.observe('keyBlob', a.id, { blob: altered, context: a.context });
      await tx.observe('keyBlob', b.id, { blob: b.blob, context: b.context });
    });
    expect([await use(first.id), await use(second.id)].sort()).toEqual(['BLOB_REFUSED', 'NOT_REFUSED']);
  });
});

describe('data keys', () => {
  test('are made by the HSM, or given, and come back; those of older versions are wrapped anew on the way', async () => {
    const key = await settledKey();
    const { items } = await world.perform(wrapKey, { keyId: key.id, items: [{}, { plaintext: data }, {}] });
    const [made, given, other] = items as readonly Outcome[];
    expect(made?.plaintext).toHaveLength(32);
    expect(made?.plaintext).not.toEqual(other?.plaintext);
    expect(given?.plaintext).toBeUndefined();
    await world.perform(rotateManagedKey, { id: key.id });
    await world.reconciler.settle();
    const unwrapped = only(await world.perform(unwrapKey, { keyId: key.id, items: [{ ciphertext: made?.ciphertext }] }));
    expect(unwrapped.plaintext).toEqual(made?.plaintext);
    const again = only(await world.perform(unwrapKey, { keyId: key.id, items: [{ ciphertext: unwrapped['rewrapped'] }] }));
    expect(again).toEqual({ plaintext: made?.plaintext, keyVersion: 2 });
  });

  test('come back from a keystore that is going, where the current version never comes', async () => {
    const key = await settledKey();
    const [made] = (await world.perform(wrapKey, { keyId: key.id, items: [{}] })).items as readonly Outcome[];
    await world.perform(deleteKeystore, { id: world.keystore.id, mode: 'DEACTIVATE' });
    await world.perform(rotateManagedKey, { id: key.id });
    const unwrapped = only(await world.perform(unwrapKey, { keyId: key.id, items: [{ ciphertext: made?.ciphertext }] }));
    expect(unwrapped).toEqual({ plaintext: made?.plaintext, keyVersion: 1 });
  });

  test('random bytes come in the length and number asked for', async () => {
    world = await keyWorld();
    const { items } = await world.perform(generateRandom, { length: 16, count: 3 });
    expect(items.map((bytes) => bytes.length)).toEqual([16, 16, 16]);
    expect(await refusalOf(world.perform(generateRandom, { length: 1024 * 1024, count: 9 }))).toBe('TOO_LARGE');
  });
});
