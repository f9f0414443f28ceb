import { z } from 'zod';
import { fresh } from '../fresh.js';
import { change } from '../operation.js';
import { id, revision } from '../rules.js';
import { rolePlace } from './place.js';

/** Deletes a custom role, and takes it from everybody who holds it. */
export const deleteRole = change({
  name: 'deleteRole',
  action: 'role.delete',
  input: z.strictObject({ id, revision: revision.optional() }),
  missing: 'ROLE_NOT_FOUND',
  place: rolePlace,
  commit: async (tx, _context, _input, subject) => {
    const role = await fresh(tx, 'role', subject);
    const roleBindings = await tx.deleteWhere('roleBinding', { roleId: { eq: role.id } });
    await tx.delete('role', role.id);
    return { output: role, details: { roleBindings } };
  },
});
