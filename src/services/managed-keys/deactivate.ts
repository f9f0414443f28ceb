import { change } from '../operation.js';
import { keyAndRevision } from './input.js';
import { forgetMoved, moveManagedKey } from './move.js';
import { managedKeyPlace } from './place.js';

/** Deactivates a key in all its keystores: it protects nothing new; what it protected can still be opened where the keystore allows that. */
export const deactivateManagedKey = change({
  name: 'deactivateManagedKey',
  action: 'managed-key.deactivate',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => await moveManagedKey(tx, context, subject, 'deactivate'),
  follow: forgetMoved,
});
