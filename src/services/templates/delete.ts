import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { fresh } from '../fresh.js';
import { change } from '../operation.js';
import { endRetired, livingKeys, retirement } from '../retire.js';
import { id, revision } from '../rules.js';
import { changed } from '../tracked.js';
import { templatePlace } from './place.js';

/**
 * Deletes a template from which no living key was made. While records of destroyed keys still name it, or keys wait for
 * their destruction, it is RETIRED: hidden, its name free, erased with the last of them.
 * @throws EstateError TEMPLATE_IN_USE
 */
export const deleteKeyTemplate = change({
  name: 'deleteKeyTemplate',
  action: 'key-template.delete',
  input: z.strictObject({ id, revision: revision.optional() }),
  missing: 'KEY_TEMPLATE_NOT_FOUND',
  place: templatePlace,
  commit: async (tx, context, _input, subject) => {
    const template = await fresh(tx, 'keyTemplate', subject);
    const keys = await tx.count('managedKey', { templateId: { eq: template.id }, ...livingKeys });
    if (keys > 0) throw new EstateError('TEMPLATE_IN_USE', { keys });
    const retired = await tx.update('keyTemplate', changed(context, template, retirement(template)));
    const erased = await endRetired(tx, context, template.vaultId);
    return { output: retired, details: { erased: erased.some((one) => one.id === template.id) } };
  },
});
