import { afterEach, describe, expect, test } from 'vitest';
import { EstateError } from '../../../src/domain/errors.js';
import type { Hsm } from '../../../src/hsm/contract.js';
import { softHsm } from '../../../src/hsm/soft/soft-hsm.js';
import { encrypt } from '../../../src/services/crypto/encrypt.js';
import { keyManagement } from '../../../src/services/kms/key-management.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { type KeyWorld, keyWorld, refusalOf } from '../../fakes/key-world.js';

let world: KeyWorld;

afterEach(async () => {
  await world.reconciler.stop();
  await world.close();
});

async function installed() {
  world = await keyWorld();
  const key = await world.newKey('AES', '256');
  await world.reconciler.settle();
  const { read } = world.estate.store;
  const [rootKey] = await read.find('kmsKey', {});
  if (!rootKey) throw new Error('a root key was expected');
  return { key, rootKey, read, service: keyManagement(world.estate) };
}

/** Actions of the service's own events. */
async function told(): Promise<readonly string[]> {
  return (await world.audit())
    .map(({ event }) => event.action)
    .filter((action) => action.startsWith('kms-key.') || action.startsWith('key-ring.'));
}

describe('the key management service', () => {
  test('keeps a ring per internal keystore, a root key per managed key and a version per version, sharing its blob', async () => {
    const { key, rootKey, read } = await installed();
    await world.perform(rotateManagedKey, { id: key.id });
    await world.reconciler.settle();
    const [ring] = await read.find('keyRing', {});
    expect(ring).toMatchObject({ keystoreId: world.keystore.id, vaultId: world.vaultId, name: 'ring' });
    expect(rootKey).toMatchObject({
      ringId: ring?.id,
      managedKeyId: key.id,
      kind: 'ROOT',
      name: key.label,
      state: 'ACTIVE',
      extractable: false,
    });
    expect(rootKey.id).not.toBe(key.id);
    const versions = await read.find('keyVersion', { managedKeyId: { eq: key.id } });
    const shared = await read.find('kmsKeyVersion', { kmsKeyId: { eq: rootKey.id } });
    expect(shared.map(({ version, blobId, keyVersionId }) => ({ version, blobId, keyVersionId }))).toEqual(
      versions.map(({ id, version, blobId }) => ({ version, blobId, keyVersionId: id })),
    );
    expect(await told()).toEqual(['key-ring.create', 'kms-key.install', 'kms-key.rotate']);
  });

  test('a step that changes nothing leaves no event and no revision', async () => {
    const { key, rootKey, read, service } = await installed();
    const before = await told();
    await service.ensureRing(world.keystore);
    await service.setState(world.keystore.id, key.id, 'ACTIVE');
    await service.rename(world.keystore.id, key.id, key.label);
    await service.cancelDestruction(world.keystore.id, key.id);
    expect(await told()).toEqual(before);
    expect(await read.get('kmsKey', rootKey.id)).toEqual(rootKey);
  });

  test('a key that returns after its destruction there gets a root key of its own', async () => {
    const { key, rootKey, read, service } = await installed();
    const [keyVersion] = await read.find('keyVersion', { managedKeyId: { eq: key.id } });
    await service.destroy(world.keystore.id, key.id);
    expect(await service.inspectManagedKey(world.keystore.id, key.id)).toMatchObject({ state: 'DESTROYED', remoteId: rootKey.id });
    await service.installVersion(
      {
        managedKeyId: key.id,
        keystoreId: world.keystore.id,
        vaultId: world.vaultId,
        name: 'again',
        description: '',
        spec: { algorithm: 'AES', size: '256' },
        attributes: {},
        remoteId: rootKey.id,
      },
      {
        keyVersionId: keyVersion?.id ?? '',
        version: 1,
        blobId: keyVersion?.blobId ?? '',
        context: { keyId: key.id, version: 1, vaultId: world.vaultId },
        fingerprint: 'abcdef',
        publicKey: null,
        exportFor: async () => new Uint8Array(),
      },
    );
    const again = await service.inspectManagedKey(world.keystore.id, key.id);
    expect(again).toMatchObject({ state: 'ACTIVE', name: 'again' });
    expect(again?.remoteId).not.toBe(rootKey.id);
  });

  test('a step on a key that the ring does not hold is refused, but its end is nothing to refuse', async () => {
    const { service } = await installed();
    const absent = world.estate.newId();
    await service.destroy(world.keystore.id, absent);
    expect(await refusalOf(service.setState(world.keystore.id, absent, 'ACTIVE'))).toBe('KEYSTORE_REFUSED');
  });

  test('a root key that is suspended in its own service is not used', async () => {
    const { key, rootKey } = await installed();
    await world.estate.store.write(async (tx) => {
      await tx.observe('kmsKey', rootKey.id, { state: 'SUSPENDED' });
    });
    expect(await refusalOf(world.perform(encrypt, { keyId: key.id, items: [{ plaintext: new Uint8Array(1) }] }))).toBe(
      'KEY_NOT_USABLE_HERE',
    );
  });

  test('S5: a key that is deactivated or destroyed is forgotten by every crypto unit; a sealed HSM has nothing to forget', async () => {
    const hsm = await softHsm();
    const forgotten: string[] = [];
    let isSealed = false;
    const watched: Hsm = {
      ...hsm,
      forget: async (keyIds) => {
        forgotten.push(...keyIds);
        if (isSealed) throw new EstateError('HSM_SEALED');
      },
    };
    world = await keyWorld({ hsm: watched });
    const key = await world.newKey('AES', '256');
    await world.reconciler.settle();
    const service = keyManagement(world.estate);
    await service.setState(world.keystore.id, key.id, 'DEACTIVATED');
    isSealed = true;
    await service.destroy(world.keystore.id, key.id);
    expect(forgotten).toEqual([key.id, key.id]);
  });
});
