import { fresh } from '../fresh.js';
import { change } from '../operation.js';
import { keyAndRevision } from './input.js';
import { followEnd, moveManagedKey } from './move.js';
import { managedKeyPlace } from './place.js';

/**
 * Destroys a key. One that was never active ends at once; any other waits out its pending period, deactivated and
 * without a claim on its name, until `destroyAt`. An active key is deactivated first. A key that waits already is
 * answered as it is.
 */
export const destroyManagedKey = change({
  name: 'destroyManagedKey',
  action: 'managed-key.destroy',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => {
    if (subject.destroyAt !== null) {
      const key = await fresh(tx, 'managedKey', subject);
      return { output: key, details: { alreadyPending: true, destroyAt: key.destroyAt } };
    }
    const { output, details } = await moveManagedKey(tx, context, subject, 'destroy');
    return { output, details: { ...details, destroyAt: output.destroyAt } };
  },
  follow: followEnd,
});
