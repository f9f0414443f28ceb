/** The fields of a keystore that every type has, as inputs take them. */
import { z } from 'zod';
import { groupRule, keystoreNameRule, maxGroups } from '../../domain/keystore.js';
import { fieldValues } from '../fields.js';
import { description, text } from '../rules.js';

const groups = z
  .array(text(groupRule))
  .min(1)
  .max(maxGroups)
  .refine((names) => new Set(names).size === names.length, { error: 'must be different' });
/** Not a secret field, so it must not carry a password. */
const tlsProxy = z
  .url({ protocol: /^https$/, error: 'must be an https address' })
  .max(2048)
  .refine((address) => !/^https:\/\/[^/?#]*@/i.test(address), { error: 'must not carry a user or password' })
  .nullable();
/** At most ten years. */
const pendingDestructionSeconds = z.int().min(0).max(315_360_000).nullable();

export const keystoreFields = {
  name: text(keystoreNameRule),
  description,
  groups,
  tlsProxy,
  pendingDestructionSeconds,
  connection: fieldValues,
};
