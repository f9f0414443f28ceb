import { fresh } from '../fresh.js';
import { change } from '../operation.js';
import { keyAndRevision } from './input.js';
import { refuseAction } from './move.js';
import { managedKeyPlace } from './place.js';

/** Has every copy of the key looked at now, and repaired where its keystore does not hold what is wanted. The key itself does not change. */
export const syncManagedKey = change({
  name: 'syncManagedKey',
  action: 'managed-key.sync',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => {
    const key = await fresh(tx, 'managedKey', subject);
    refuseAction(context, key, 'sync');
    const instances = await tx.find('keyInstance', { managedKeyId: { eq: key.id } });
    for (const { id } of instances) {
      await tx.observe('keyInstance', id, { syncFlag: 'VERIFYING_SYNC', attempts: 0, nextAttemptAt: context.now });
    }
    return { output: key, details: { keyInstances: instances.length } };
  },
});
