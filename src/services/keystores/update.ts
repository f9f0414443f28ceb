import { z } from 'zod';
import type { Writer } from '../../store/contract.js';
import { given } from '../given.js';
import { change } from '../operation.js';
import { id, revision } from '../rules.js';
import { storeChange } from '../tracked.js';
import { changedConnection, connectionSecretPaths } from './connection.js';
import { refuseTakenKeystoreName } from './create.js';
import { keystoreFields } from './fields.js';
import { keystorePlace, keystoreTarget } from './place.js';

/**
 * Changes a keystore. Absent fields, and connection fields that are not named, stay as they are.
 *
 * Groups decide which keys belong here: after a change, keys that should come or go are UNALIGNED until they are aligned.
 * @throws EstateError INPUT_INVALID also for a connection field that is fixed once connected, NAME_TAKEN, HSM_SEALED
 */
export const updateKeystore = change({
  name: 'updateKeystore',
  action: 'keystore.update',
  input: z.strictObject({
    id,
    revision: revision.optional(),
    name: keystoreFields.name.optional(),
    description: keystoreFields.description.optional(),
    groups: keystoreFields.groups.optional(),
    tlsProxy: keystoreFields.tlsProxy.optional(),
    pendingDestructionSeconds: keystoreFields.pendingDestructionSeconds.optional(),
    connection: keystoreFields.connection.optional(),
  }),
  secretPaths: connectionSecretPaths,
  missing: 'KEYSTORE_NOT_FOUND',
  place: keystorePlace,
  prepare: async ({ estate }, { connection }, keystore) => {
    if (connection === undefined) return {};
    const { descriptor } = estate.keystoreTypes.driver(keystore.type);
    return await changedConnection(estate, descriptor, keystore, connection);
  },
  commit: async (tx, context, input, keystore, connection) => {
    const { id: _id, revision: _revision, connection: _values, ...fields } = input;
    if (fields.name !== undefined) await refuseTakenKeystoreName(tx, keystore.vaultId, fields.name, keystore.id);
    const updated = await storeChange(tx, context, 'keystore', keystore, { ...given(fields), ...connection });
    if (input.connection !== undefined || input.tlsProxy !== undefined) await tryAgain(tx, context.now, keystore.id);
    return { output: updated, target: keystoreTarget(updated) };
  },
});

/** Key instances that wait out a failure are tried at once with the new connection. */
async function tryAgain(tx: Writer, now: string, keystoreId: string): Promise<void> {
  const waiting = await tx.find('keyInstance', { keystoreId: { eq: keystoreId }, nextAttemptAt: { gt: now } });
  for (const instance of waiting) await tx.observe('keyInstance', instance.id, { nextAttemptAt: now, attempts: 0 });
}
