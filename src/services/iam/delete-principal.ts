import { z } from 'zod';
import { fresh } from '../fresh.js';
import { change } from '../operation.js';
import { revision } from '../rules.js';
import { refuseLastAdministrator } from './administrators.js';
import { principalPlace } from './place.js';
import { principalId } from './principal-id.js';

/**
 * Deletes a principal with its API keys and role bindings; its keys stop working with the commit.
 * @throws EstateError LAST_ADMINISTRATOR
 */
export const deletePrincipal = change({
  name: 'deletePrincipal',
  action: 'principal.delete',
  input: z.strictObject({ id: principalId, revision: revision.optional() }),
  missing: 'PRINCIPAL_NOT_FOUND',
  place: principalPlace,
  commit: async (tx, { now }, _input, subject) => {
    const principal = await fresh(tx, 'principal', subject);
    const own = { principalId: { eq: principal.id } };
    await refuseLastAdministrator(tx, now, (binding) => binding.principalId === principal.id);
    const apiKeys = await tx.deleteWhere('apiKey', own);
    const roleBindings = await tx.deleteWhere('roleBinding', own);
    await tx.deleteWhere('clientToken', own);
    await tx.delete('principal', principal.id);
    return { output: principal, details: { apiKeys, roleBindings } };
  },
});
