import { change } from '../operation.js';
import { keyAndRevision } from './input.js';
import { followEnd, moveManagedKey } from './move.js';
import { managedKeyPlace } from './place.js';

/** The end of a pending period: material and blobs are gone for good. Only the server itself does this, when it is due. */
export const endManagedKeyDestruction = change({
  name: 'endManagedKeyDestruction',
  action: 'managed-key.end-destruction',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => await moveManagedKey(tx, context, subject, 'endDestruction'),
  follow: followEnd,
});
