import { z } from 'zod';
import { descriptionRule } from '../../domain/entity.js';
import { change } from '../operation.js';
import { id, revision, text } from '../rules.js';
import { forgetMoved, moveManagedKey } from './move.js';
import { managedKeyPlace } from './place.js';

/** Records that the key's secrecy is lost or in doubt, and takes it out of use. The reason stands in the audit event. */
export const compromiseManagedKey = change({
  name: 'compromiseManagedKey',
  action: 'managed-key.compromise',
  input: z.strictObject({ id, revision: revision.optional(), reason: text(descriptionRule).optional() }),
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => await moveManagedKey(tx, context, subject, 'compromise'),
  follow: forgetMoved,
});
