import { z } from 'zod';
import { read } from '../operation.js';
import { id } from '../rules.js';
import { keystorePlace } from './place.js';

/** One keystore. Its secrets are never part of it in clear. */
export const keystore = read({
  name: 'keystore',
  action: 'keystore.read',
  input: z.strictObject({ id }),
  missing: 'KEYSTORE_NOT_FOUND',
  place: keystorePlace,
  read: async (_context, _input, subject) => subject,
});
