import { z } from 'zod';
import { change } from '../operation.js';
import { id } from '../rules.js';
import { changed } from '../tracked.js';
import { refuseLastAdministratorKey } from './administrators.js';
import { apiKeyPlace } from './place.js';

/**
 * Revokes an API key with the commit; revoking it again changes nothing.
 * @throws EstateError LAST_ADMINISTRATOR for the last API key with which an administrator of the instance can sign in
 */
export const revokeApiKey = change({
  name: 'revokeApiKey',
  action: 'api-key.revoke',
  input: z.strictObject({ id }),
  missing: 'API_KEY_NOT_FOUND',
  place: apiKeyPlace,
  commit: async (tx, context, _input, apiKey) => {
    if (apiKey.revokedAt !== null) return { output: apiKey };
    await refuseLastAdministratorKey(tx, context.now, apiKey);
    return { output: await tx.update('apiKey', changed(context, apiKey, { revokedAt: context.now })) };
  },
});
