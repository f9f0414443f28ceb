import { z } from 'zod';
import { vaultNameRule } from '../../domain/vault.js';
import { read } from '../operation.js';
import { id, text } from '../rules.js';
import { vaultPlace } from './place.js';

/** One vault, by id or by name. */
export const vault = read({
  name: 'vault',
  action: 'vault.read',
  input: z
    .strictObject({ id: id.optional(), name: text(vaultNameRule).optional() })
    .refine((input) => (input.id === undefined) !== (input.name === undefined), { error: 'give either id or name' }),
  missing: 'VAULT_NOT_FOUND',
  place: vaultPlace,
  read: async (_context, _input, subject) => subject,
});
