import { z } from 'zod';
import { mechanisms } from '../../domain/algorithms.js';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { clearData, itemsOf, recordedItems } from './items.js';
import { keyPlace } from './place.js';
import { signItems } from './signing.js';

/** Authenticates data with the key's current version. Without a mechanism the one of the key's size is used. */
export const generateMac = use({
  name: 'generateMac',
  action: 'managed-key.generate-mac',
  input: z.strictObject({ keyId: id, mechanism: z.enum(mechanisms).optional(), items: itemsOf(z.strictObject({ data: clearData })) }),
  recorded: recordedItems,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: keyPlace,
  use: async (context, input, named) => await signItems(context, named, 'MAC', input, (mac) => ({ mac })),
});
