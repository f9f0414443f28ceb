import { z } from 'zod';
import { fresh } from '../fresh.js';
import { change } from '../operation.js';
import { id } from '../rules.js';
import { refuseLastAdministrator } from './administrators.js';
import { roleBindingPlace } from './place.js';

/** Takes a role from a principal with the commit. @throws EstateError LAST_ADMINISTRATOR */
export const deleteRoleBinding = change({
  name: 'deleteRoleBinding',
  action: 'role-binding.delete',
  input: z.strictObject({ id }),
  place: roleBindingPlace,
  commit: async (tx, { now }, _input, subject) => {
    const binding = await fresh(tx, 'roleBinding', subject);
    await refuseLastAdministrator(tx, now, (candidate) => candidate.id === binding.id);
    await tx.delete('roleBinding', binding.id);
    return { output: binding, details: { principalId: binding.principalId, roleId: binding.roleId, scope: { ...binding.scope } } };
  },
});
