import { describe, expect, test } from 'vitest';
import { labelRule } from '../../../src/domain/managed-key.js';
import type { KeyToPlace } from '../../../src/keystores/contract.js';
import { keystoreDrivers, keystoreTypeDescriptors, keystoreTypes } from '../../../src/keystores/index.js';
import { internalDescriptor } from '../../../src/keystores/internal/descriptor.js';
import { keyManagement } from '../../../src/services/kms/key-management.js';
import { keyWorld } from '../../fakes/key-world.js';
import { keystoreConformance } from '../conformance.js';

keystoreConformance('internal', async () => {
  const world = await keyWorld();
  const { estate, keystore } = world;
  const connection = await estate.keystoreTypes.driver('internal').connect(keystore, {});
  return {
    connection,
    newKey: async (): Promise<KeyToPlace> => ({
      managedKeyId: estate.newId(),
      keystoreId: keystore.id,
      vaultId: world.vaultId,
      name: 'app-env-2029',
      description: '',
      spec: { algorithm: 'AES', size: '256' },
      attributes: {},
      remoteId: null,
    }),
    version: async ({ managedKeyId, vaultId }, version) => {
      const number = String(version).padStart(12, '0');
      return {
        keyVersionId: `00000000-0000-4000-a000-${number}`,
        blobId: `00000000-0000-4000-b000-${number}`,
        version,
        context: { keyId: managedKeyId, version, vaultId },
        fingerprint: `f0000${version}`,
        publicKey: null,
        exportFor: async () => await Promise.reject(new Error('the internal keystore shares blobs')),
      };
    },
    until: '2030-02-01T00:00:00.000Z',
    close: async () => {
      await connection.close();
      await world.close();
    },
  };
});

describe('the registry of keystore types', () => {
  test('gives the same descriptors with and without a server', async () => {
    const world = await keyWorld();
    const drivers = keystoreDrivers({ keyManagement: keyManagement(world.estate) });
    expect(keystoreTypes(drivers).descriptors).toEqual(keystoreTypeDescriptors());
    await world.close();
  });

  test('refuses a type that it does not know', () => {
    expect(() => keystoreTypes([]).driver('nowhere')).toThrow(expect.objectContaining({ code: 'KEYSTORE_TYPE_UNKNOWN' }));
  });

  test('the internal keystore takes every label that a key can have', () => {
    expect(internalDescriptor.keyNameRule).toEqual(labelRule);
  });
});
