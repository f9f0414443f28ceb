import { z } from 'zod';
import { mechanisms } from '../../domain/algorithms.js';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { clearData, itemsOf, recordedItems, signatureData } from './items.js';
import { keyPlace } from './place.js';
import { verifyItems } from './signing.js';

/** Says of each item whether the signature is one of the key's version, by default the current one. */
export const verify = use({
  name: 'verify',
  action: 'managed-key.verify',
  input: z.strictObject({
    keyId: id,
    mechanism: z.enum(mechanisms).optional(),
    version: z.int().min(1).optional(),
    items: itemsOf(z.strictObject({ data: clearData, signature: signatureData })),
  }),
  recorded: recordedItems,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: keyPlace,
  use: async (context, input, named) => await verifyItems(context, named, 'SIGNATURE', input, input.items),
});
