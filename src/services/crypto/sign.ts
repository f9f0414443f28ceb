import { z } from 'zod';
import { mechanisms } from '../../domain/algorithms.js';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { clearData, itemsOf, recordedItems } from './items.js';
import { keyPlace } from './place.js';
import { signItems } from './signing.js';

/** Signs data with the key's current version; ECDSA signatures are raw r || s. Without a mechanism the key's default is used. */
export const sign = use({
  name: 'sign',
  action: 'managed-key.sign',
  input: z.strictObject({ keyId: id, mechanism: z.enum(mechanisms).optional(), items: itemsOf(z.strictObject({ data: clearData })) }),
  recorded: recordedItems,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: keyPlace,
  use: async (context, input, named) => await signItems(context, named, 'SIGNATURE', input, (signature) => ({ signature })),
});
