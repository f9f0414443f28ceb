import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { isBuiltInRole } from '../../domain/permissions.js';
import { iamNameRule, type Role } from '../../domain/principal.js';
import type { Reader } from '../../store/contract.js';
import { onInstance } from '../everywhere.js';
import { change } from '../operation.js';
import { description, text } from '../rules.js';
import { made } from '../tracked.js';
import { refuseForeignActions } from './own-rights.js';
import { iamTarget } from './place.js';
import { roleActions } from './role-actions.js';

/** Makes a custom role out of known actions that the caller holds itself. @throws EstateError NAME_TAKEN, FORBIDDEN */
export const createRole = change({
  name: 'createRole',
  action: 'role.create',
  input: z.strictObject({ name: text(iamNameRule), description: description.default(''), actions: roleActions }),
  place: onInstance('role'),
  commit: async (tx, context, input) => {
    refuseForeignActions(context, input.actions);
    await refuseTakenRoleName(tx, input.name);
    const role: Role = { ...made(context), ...input };
    await tx.insert('role', role);
    return { output: role, target: iamTarget('role', role.id, role.name) };
  },
  repeat: {
    idOf: (role) => role.id,
    again: async ({ estate }, id) => {
      const role = await estate.store.read.get('role', id);
      if (!role) throw new EstateError('ROLE_NOT_FOUND');
      return role;
    },
  },
});

/** @throws EstateError NAME_TAKEN also for the id of a built-in role */
export async function refuseTakenRoleName(tx: Reader, name: string, exceptId: Id = ''): Promise<void> {
  const holders = await tx.find('role', { name: { eq: name } }, 2);
  if (isBuiltInRole(name) || holders.some(({ id }) => id !== exceptId)) throw new EstateError('NAME_TAKEN', { field: 'name' });
}
