import { z } from 'zod';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';

/** The descriptors of the keystore types of this server, from which clients make their forms. */
export const keystoreTypes = read({
  name: 'keystoreTypes',
  action: 'keystore-type.list',
  input: z.strictObject({}),
  place: everywhere('keystore-type'),
  read: async ({ estate }) => estate.keystoreTypes.descriptors,
});
