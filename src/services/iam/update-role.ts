import { z } from 'zod';
import { iamNameRule } from '../../domain/principal.js';
import { given } from '../given.js';
import { change } from '../operation.js';
import { description, id, revision, text } from '../rules.js';
import { storeChange } from '../tracked.js';
import { refuseTakenRoleName } from './create-role.js';
import { refuseForeignActions } from './own-rights.js';
import { rolePlace } from './place.js';
import { roleActions } from './role-actions.js';

/** Changes a custom role, for everybody who holds it, with the commit; only actions that the caller holds come in. @throws EstateError NAME_TAKEN, FORBIDDEN */
export const updateRole = change({
  name: 'updateRole',
  action: 'role.update',
  input: z.strictObject({
    id,
    revision: revision.optional(),
    name: text(iamNameRule).optional(),
    description: description.optional(),
    actions: roleActions.optional(),
  }),
  missing: 'ROLE_NOT_FOUND',
  place: rolePlace,
  commit: async (tx, context, { id: _id, revision: _revision, ...fields }, role) => {
    const added = (fields.actions ?? []).filter((action) => !role.actions.includes(action));
    refuseForeignActions(context, added);
    if (fields.name !== undefined) await refuseTakenRoleName(tx, fields.name, role.id);
    return { output: await storeChange(tx, context, 'role', role, given(fields)) };
  },
});
