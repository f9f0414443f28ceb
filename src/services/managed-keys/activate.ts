import { change } from '../operation.js';
import { keyAndRevision } from './input.js';
import { moveManagedKey, refuseWithoutMaterial } from './move.js';
import { managedKeyPlace } from './place.js';

/** Activates a key that waited for it, or one that was deactivated; it goes to the keystores of its targets. */
export const activateManagedKey = change({
  name: 'activateManagedKey',
  action: 'managed-key.activate',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => {
    const moved = await moveManagedKey(tx, context, subject, 'activate');
    await refuseWithoutMaterial(tx, moved.output);
    return moved;
  },
});
