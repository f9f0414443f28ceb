import { z } from 'zod';
import { labelRule } from '../../domain/managed-key.js';
import { read } from '../operation.js';
import { id, text } from '../rules.js';
import { managedKeyPlace } from './place.js';

const isNamedOnce = (input: { id?: unknown; vaultId?: unknown; label?: unknown }) =>
  input.id === undefined
    ? input.vaultId !== undefined && input.label !== undefined
    : input.vaultId === undefined && input.label === undefined;

/** One managed key, by id, or by vault and label among the keys that are not being destroyed. */
export const managedKey = read({
  name: 'managedKey',
  action: 'managed-key.read',
  input: z
    .strictObject({ id: id.optional(), vaultId: id.optional(), label: text(labelRule).optional() })
    .refine(isNamedOnce, { error: 'give either id, or vaultId and label' }),
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  read: async (_context, _input, subject) => subject,
});
