import { z } from 'zod';
import { templateNameRule } from '../../domain/template.js';
import { read } from '../operation.js';
import { id, text } from '../rules.js';
import { templatePlace } from './place.js';

/** One key template, by id or by its name in a vault. */
export const keyTemplate = read({
  name: 'keyTemplate',
  action: 'key-template.read',
  input: z
    .strictObject({ id: id.optional(), vaultId: id.optional(), name: text(templateNameRule).optional() })
    .refine(isOneWay, { error: 'give either id, or vaultId and name' }),
  missing: 'KEY_TEMPLATE_NOT_FOUND',
  place: templatePlace,
  read: async (_context, _input, subject) => subject,
});

function isOneWay(input: { id?: string | undefined; vaultId?: string | undefined; name?: string | undefined }): boolean {
  const named = [input.vaultId, input.name].filter((value) => value !== undefined).length;
  return input.id === undefined ? named === 2 : named === 0;
}
