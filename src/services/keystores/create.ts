import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Keystore } from '../../domain/keystore.js';
import type { Reader } from '../../store/contract.js';
import { liveVault } from '../fresh.js';
import { checkKeystoreHealth } from '../keystore-health.js';
import { change } from '../operation.js';
import { id } from '../rules.js';
import { made } from '../tracked.js';
import { inVault } from '../vaults/place.js';
import { connectionSecretPaths, newConnection } from './connection.js';
import { keystoreFields } from './fields.js';
import { keystoreTarget } from './place.js';

/**
 * Connects a keystore to a vault. Its type's descriptor says which connection fields there are; secret ones are
 * encrypted by the HSM and never returned. Without groups, its own name is its group.
 *
 * The connection is tested once it is stored; a failing test shows in the keystore's health and undoes nothing.
 * @throws EstateError KEYSTORE_TYPE_UNKNOWN, INPUT_INVALID, NAME_TAKEN, HSM_SEALED
 */
export const createKeystore = change({
  name: 'createKeystore',
  action: 'keystore.create',
  input: z.strictObject({
    vaultId: id,
    type: z.string().min(1).max(64),
    name: keystoreFields.name,
    description: keystoreFields.description.default(''),
    groups: keystoreFields.groups.optional(),
    tlsProxy: keystoreFields.tlsProxy.default(null),
    pendingDestructionSeconds: keystoreFields.pendingDestructionSeconds.default(null),
    connection: keystoreFields.connection.default({}),
  }),
  secretPaths: connectionSecretPaths,
  missing: 'VAULT_NOT_FOUND',
  place: (context, input) => inVault(context, input.vaultId, 'keystore', input.name),
  prepare: async ({ estate }, input) => {
    const keystoreId = estate.newId();
    const { descriptor } = estate.keystoreTypes.driver(input.type);
    return { id: keystoreId, ...(await newConnection(estate, descriptor, keystoreId, input.connection)) };
  },
  commit: async (tx, context, input, vault, prepared) => {
    await liveVault(tx, vault.id);
    await refuseTakenKeystoreName(tx, vault.id, input.name);
    const { connection: _values, ...fields } = input;
    const keystore: Keystore = {
      ...made(context),
      ...fields,
      groups: input.groups ?? [input.name],
      ...prepared,
      location: '',
      state: 'ACTIVE',
      healthStatus: 'PENDING_CHECK',
      healthMessage: '',
      lastHeartbeatAt: null,
    };
    await tx.insert('keystore', keystore);
    return { output: keystore, target: keystoreTarget(keystore) };
  },
  follow: async ({ estate }, keystore) => {
    await checkKeystoreHealth(estate, keystore);
  },
  repeat: {
    idOf: (keystore) => keystore.id,
    again: async ({ estate }, keystoreId) => {
      const keystore = await estate.store.read.get('keystore', keystoreId);
      if (!keystore) throw new EstateError('KEYSTORE_NOT_FOUND');
      return keystore;
    },
  },
});

/** @throws EstateError NAME_TAKEN */
export async function refuseTakenKeystoreName(tx: Reader, vaultId: Id, name: string, exceptId: Id = ''): Promise<void> {
  const holders = await tx.find('keystore', { vaultId: { eq: vaultId }, name: { eq: name }, state: { eq: 'ACTIVE' } }, 2);
  if (holders.some(({ id: holderId }) => holderId !== exceptId)) throw new EstateError('NAME_TAKEN', { field: 'name' });
}
