/** Input fields of managed keys that creating, importing and changing them share. */
import { z } from 'zod';
import { keyStates } from '../../domain/key-state.js';
import { labelRule, maxTags, tagNameRule, tagValueRule } from '../../domain/managed-key.js';
import { date, description, text } from '../rules.js';

const hasDistinctNames = (entries: readonly { readonly name: string }[]) =>
  new Set(entries.map(({ name }) => name)).size === entries.length;
const distinct = { error: 'must not name anything twice' };

const tags = z
  .array(z.strictObject({ name: text(tagNameRule), value: text(tagValueRule) }))
  .max(maxTags)
  .refine(hasDistinctNames, distinct);
/** Values are checked by the naming scheme's own rule, which tells more. */
const namingValues = z
  .array(z.strictObject({ name: z.string().min(1).max(20), value: z.string().max(255) }))
  .max(64)
  .refine(hasDistinctNames, distinct);
const lifecyclePolicy = z.strictObject({
  activateOnDate: z.boolean().default(false),
  deactivateOnDate: z.boolean().default(false),
  destroyOnDate: z.boolean().default(false),
});

export const keyFields = {
  label: text(labelRule),
  description,
  tags,
  namingValues,
  activationDate: date.nullable(),
  expirationDate: date.nullable(),
  destructionDate: date.nullable(),
  initialState: z.enum(keyStates).extract(['PRE_ACTIVATION', 'ACTIVE']),
  /** An interval of up to a hundred years. */
  rotationPolicy: z.strictObject({ intervalDays: z.int().min(1).max(36_500) }).nullable(),
  lifecyclePolicy,
  deactivateOnRotation: z.boolean(),
};
