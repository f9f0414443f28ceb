import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { iamNameRule } from '../../domain/principal.js';
import { given } from '../given.js';
import { change } from '../operation.js';
import { description, revision, text } from '../rules.js';
import { storeChange } from '../tracked.js';
import { principalPlace } from './place.js';
import { principalId } from './principal-id.js';

/** @throws EstateError NAME_TAKEN */
export const updatePrincipal = change({
  name: 'updatePrincipal',
  action: 'principal.update',
  input: z.strictObject({
    id: principalId,
    revision: revision.optional(),
    name: text(iamNameRule).optional(),
    description: description.optional(),
  }),
  missing: 'PRINCIPAL_NOT_FOUND',
  place: principalPlace,
  commit: async (tx, context, { id, revision: _revision, ...fields }, principal) => {
    if (fields.name !== undefined) {
      const [holder] = await tx.find('principal', { name: { eq: fields.name }, id: { ne: id } }, 1);
      if (holder) throw new EstateError('NAME_TAKEN', { field: 'name' });
    }
    return { output: await storeChange(tx, context, 'principal', principal, given(fields)) };
  },
});
