import { z } from 'zod';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { associatedData, ciphertextData, itemsOf, recordedItems, refuseTooMuch, tally } from './items.js';
import { mechanismFor } from './mechanism.js';
import { open } from './open.js';
import { keyPlace } from './place.js';

/** Decrypts with whichever version of the key made each ciphertext. */
export const decrypt = use({
  name: 'decrypt',
  action: 'managed-key.decrypt',
  input: z.strictObject({ keyId: id, items: itemsOf(z.strictObject({ ciphertext: ciphertextData, aad: associatedData })) }),
  recorded: recordedItems,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: keyPlace,
  use: async (context, { items, keyId }, named) => {
    refuseTooMuch(context.estate, items);
    const { key, outcomes } = await open(context, named, 'DECRYPT', items);
    const { count, failed } = tally(outcomes);
    const details = { keyId, versions: [...key.versions.keys()], mechanism: mechanismFor(key.spec, 'ENCRYPTION', undefined), failed };
    return { output: { items: outcomes }, count, details };
  },
});
