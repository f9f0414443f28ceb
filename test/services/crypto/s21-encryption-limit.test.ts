/** S21: AES-GCM encryptions are counted per key version, a key near the limit is rotated by itself, and none goes beyond it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { afterEach, describe, expect, test } from 'vitest';
import { ciphertextHeaderLength } from '../../../src/domain/ciphertext.js';
import { encryptionBlock, gcmEncryptionLimit } from '../../../src/domain/encryption-limit.js';
import { errorCatalogue } from '../../../src/domain/errors.js';
import { decrypt } from '../../../src/services/crypto/decrypt.js';
import { encrypt } from '../../../src/services/crypto/encrypt.js';
import { rewrapKey } from '../../../src/services/crypto/rewrap-key.js';
import { unwrapKey } from '../../../src/services/crypto/unwrap-key.js';
import { wrapKey } from '../../../src/services/crypto/wrap-key.js';
import type { Policy } from '../../../src/services/estate.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { scheduler } from '../../../src/services/schedule.js';
import type { Store } from '../../../src/store/contract.js';
import { type KeyWorld, keyWorld, refusalOf } from '../../fakes/key-world.js';
import { sourceFiles } from '../../source-files.js';

let world: KeyWorld;

afterEach(async () => {
  await world?.reconciler.stop();
  await world?.close();
});

/** A key in a world where so few encryptions are the limit. */
async function keyWith(encryptionLimit: Policy['encryptionLimit'], algorithm = 'AES', size = '256', aroundStore?: (store: Store) => Store) {
  world = await keyWorld({ policy: { encryptionLimit }, ...(aroundStore ? { aroundStore } : {}) });
  const key = await world.newKey(algorithm, size);
  await world.reconciler.settle();
  return key;
}

const item = { plaintext: utf8ToBytes('a secret') };
const items = (count: number) => Array.from({ length: count }, () => item);
const encryptions = async (keyId: string, count: number) => await world.perform(encrypt, { keyId, items: items(count) });
const versions = async (keyId: string) => await world.estate.store.read.find('keyVersion', { managedKeyId: { eq: keyId } });
const counted = async (keyId: string) =>
  [...(await versions(keyId))].sort((one, other) => one.version - other.version).map(({ encryptionsCounted }) => encryptionsCounted);
const stored = async (keyId: string) => await world.estate.store.read.get('managedKey', keyId);
const pass = async () => {
  const moves = await scheduler(world.estate).runDue();
  await world.reconciler.settle();
  return moves;
};

describe('S21: AES-GCM encryptions are counted per key version', () => {
  test('by every operation that encrypts, and for each item', async () => {
    const { id } = await keyWith({ rotateAt: 100, refuseAt: 200 });
    const { items: made } = await encryptions(id, 3);
    const { items: wrapped } = await world.perform(wrapKey, { keyId: id, items: [{}, item] });
    expect(await counted(id)).toEqual([5]);
    await world.perform(rotateManagedKey, { id });
    await world.reconciler.settle();
    const ciphertexts = [...made, ...wrapped].map((outcome) => ({ ciphertext: 'ciphertext' in outcome ? outcome.ciphertext : undefined }));
    await world.perform(rewrapKey, { keyId: id, items: ciphertexts.slice(0, 4) });
    await world.perform(unwrapKey, { keyId: id, items: ciphertexts.slice(4) });
    await world.perform(decrypt, { keyId: id, items: ciphertexts });
    expect(await counted(id)).toEqual([5, 5]);
  });

  test('RSA keys have no such limit', async () => {
    const { id } = await keyWith({ rotateAt: 1, refuseAt: 1 }, 'RSA', '2048');
    await encryptions(id, 3);
    expect(await counted(id)).toEqual([0]);
  });

  test('and nobody else has the HSM encrypt under a managed key', () => {
    const callers = sourceFiles('src/services').filter((file) => readFileSync(file, 'utf8').includes('estate.hsm.encrypt('));
    expect(callers.map((file) => file.slice(file.indexOf('src/')))).toEqual([
      join('src/services/crypto/protect.ts'),
      // A system key, used once for each change of a keystore's credentials.
      join('src/services/keystore-secrets.ts'),
    ]);
  });

  test('nonces do not repeat', async () => {
    const { id } = await keyWith(gcmEncryptionLimit);
    const nonces = new Set<string>();
    for (let call = 0; call < 8; call += 1) {
      const { items: outcomes } = await encryptions(id, 1000);
      for (const outcome of outcomes) {
        const { ciphertext = new Uint8Array() } = 'ciphertext' in outcome ? outcome : {};
        nonces.add(bytesToHex(ciphertext.slice(ciphertextHeaderLength, ciphertextHeaderLength + 12)));
      }
    }
    expect(nonces.size).toBe(8000);
  });
});

describe('S21: rotation is forced before the limit', () => {
  test('the schedule rotates a key that kyok made, whatever its policy, and counts anew', async () => {
    const { id } = await keyWith({ rotateAt: 5, refuseAt: 10 });
    await encryptions(id, 4);
    expect(await stored(id)).toMatchObject({ version: 1, rotationForcedAt: null, nextRotationAt: null });
    expect(await pass()).toBe(0);
    await encryptions(id, 1);
    expect(await stored(id)).toMatchObject({ rotationForcedAt: world.clock.now(), nextRotationAt: world.clock.now() });
    expect(await pass()).toBe(1);
    expect(await stored(id)).toMatchObject({ version: 2, rotationForcedAt: null, nextRotationAt: null });
    expect(await pass()).toBe(0);
    await encryptions(id, 1);
    expect(await counted(id)).toEqual([5, 1]);
  });

  test('a key whose material was imported is left to its owner, and refused at the limit until he rotates it', async () => {
    const { id } = await keyWith({ rotateAt: 5, refuseAt: 10 });
    await world.estate.store.write((tx) => tx.observe('managedKey', id, { origin: 'IMPORTED' }));
    await encryptions(id, 10);
    expect(await pass()).toBe(0);
    expect(await refusalOf(encryptions(id, 1))).toBe('ENCRYPTION_LIMIT_REACHED');
    await world.perform(rotateManagedKey, { id });
    await world.reconciler.settle();
    await encryptions(id, 1);
    expect(await counted(id)).toEqual([10, 1]);
  });

  test('at the limit nothing is encrypted any more, what fits still is, and decryption goes on', async () => {
    const { id } = await keyWith({ rotateAt: 5, refuseAt: 10 });
    const { items: made } = await encryptions(id, 8);
    expect(await refusalOf(encryptions(id, 3))).toBe('ENCRYPTION_LIMIT_REACHED');
    await encryptions(id, 2);
    expect(await refusalOf(encryptions(id, 1))).toBe('ENCRYPTION_LIMIT_REACHED');
    expect(await refusalOf(world.perform(wrapKey, { keyId: id, items: [{}] }))).toBe('ENCRYPTION_LIMIT_REACHED');
    expect(errorCatalogue.ENCRYPTION_LIMIT_REACHED.kind).toBe('limit-reached');
    const [first] = made;
    const { items: opened } = await world.perform(decrypt, { keyId: id, items: [first] });
    expect(opened).toEqual([{ plaintext: item.plaintext, keyVersion: 1 }]);
  });

  test('however many come at once', async () => {
    const { id } = await keyWith({ rotateAt: 20, refuseAt: 40 });
    const all = await Promise.all(Array.from({ length: 60 }, async () => await refusalOf(encryptions(id, 1))));
    expect(all.filter((code) => code === 'NOT_REFUSED')).toHaveLength(40);
    expect(all.filter((code) => code === 'ENCRYPTION_LIMIT_REACHED')).toHaveLength(20);
    expect(await counted(id)).toEqual([40]);
  });
});

describe('S21: what is set aside', () => {
  test('is written before it is used, and seldom', async () => {
    const writes: number[] = [];
    const watched = (store: Store): Store => ({
      ...store,
      write: (async (work, options) => {
        writes.push(1);
        return await store.write(work, options);
      }) as Store['write'],
    });
    const { id } = await keyWith(gcmEncryptionLimit, 'AES', '256', watched);
    await encryptions(id, 1);
    const before = writes.length;
    for (let call = 0; call < 10; call += 1) await encryptions(id, 100);
    expect(writes.length).toBe(before);
    expect(await counted(id)).toEqual([1024]);
    await encryptions(id, 100);
    expect(writes.length).toBe(before + 1);
    expect(await counted(id)).toEqual([2048]);
  });

  test('is lost with the process, and so counts as made', async () => {
    const { id } = await keyWith(gcmEncryptionLimit);
    await encryptions(id, 1);
    const { perform } = await import('../../../src/services/perform.js');
    const restarted = { ...world.estate, store: { ...world.estate.store } };
    await perform(restarted, world.admin, encrypt, { keyId: id, items: [item] });
    expect(await counted(id)).toEqual([2048]);
  });

  test('is as much as was made since the start, from 1,024 to 2^20', () => {
    expect([0, 1023, 1025, 5000, 2 ** 20, 2 ** 30].map((made) => encryptionBlock(gcmEncryptionLimit, made))).toEqual([
      1024,
      1024,
      1025,
      5000,
      2 ** 20,
      2 ** 20,
    ]);
  });

  test('the limit is that of NIST SP 800-38D for random nonces', () => {
    expect(gcmEncryptionLimit).toEqual({ rotateAt: 2147483648, refuseAt: 4294967296 });
  });
});
