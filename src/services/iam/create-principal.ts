import { z } from 'zod';
import { principalIdRule } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { iamNameRule, type Principal } from '../../domain/principal.js';
import { onInstance } from '../everywhere.js';
import { change } from '../operation.js';
import { description, text } from '../rules.js';
import { made } from '../tracked.js';
import { iamTarget } from './place.js';

/**
 * Makes a principal: somebody, or some program, who can be given rights and API keys. It starts with none.
 * An id may be given, so that authors of an estate that is moved here keep theirs; ids that begin with `kyok-` are the server's own.
 * @throws EstateError ALREADY_EXISTS, NAME_TAKEN
 */
export const createPrincipal = change({
  name: 'createPrincipal',
  action: 'principal.create',
  input: z.strictObject({
    id: text(principalIdRule)
      .refine((value) => !value.startsWith('kyok-'), { error: 'must not begin with kyok-' })
      .optional(),
    kind: z.enum(['USER', 'SERVICE']),
    name: text(iamNameRule),
    description: description.default(''),
  }),
  place: onInstance('principal'),
  commit: async (tx, context, { id, ...fields }) => {
    const principal: Principal = { ...made(context), ...fields, ...(id === undefined ? {} : { id }) };
    if (await tx.get('principal', principal.id)) throw new EstateError('ALREADY_EXISTS', { field: 'id' });
    const [holder] = await tx.find('principal', { name: { eq: principal.name } }, 1);
    if (holder) throw new EstateError('NAME_TAKEN', { field: 'name' });
    await tx.insert('principal', principal);
    return { output: principal, target: iamTarget('principal', principal.id, principal.name) };
  },
  repeat: {
    idOf: (principal) => principal.id,
    again: async ({ estate }, principalId) => {
      const principal = await estate.store.read.get('principal', principalId);
      if (!principal) throw new EstateError('PRINCIPAL_NOT_FOUND');
      return principal;
    },
  },
});
