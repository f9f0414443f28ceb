import { z } from 'zod';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { associatedData, clearData, itemsOf, recordedItems, refuseTooMuch, tally } from './items.js';
import { mechanismFor } from './mechanism.js';
import { keyPlace } from './place.js';
import { protect } from './protect.js';
import { usableKey } from './usable-key.js';

/** Encrypts data under the key's current version. AES keys authenticate `aad` with it; RSA keys take no more than OAEP holds. */
export const encrypt = use({
  name: 'encrypt',
  action: 'managed-key.encrypt',
  input: z.strictObject({ keyId: id, items: itemsOf(z.strictObject({ plaintext: clearData, aad: associatedData })) }),
  recorded: recordedItems,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: keyPlace,
  use: async (context, { items, keyId }, named) => {
    refuseTooMuch(context.estate, items);
    const key = await usableKey(context, named, 'ENCRYPT', 'CURRENT');
    const outcomes = await protect(
      context.estate,
      key,
      items.map(({ plaintext, aad }) => ({ data: plaintext, aad })),
    );
    const { count, failed } = tally(outcomes);
    const keyVersion = key.managedKey.version;
    const details = { keyId, version: keyVersion, mechanism: mechanismFor(key.spec, 'ENCRYPTION', undefined), failed };
    return { output: { keyVersion, items: outcomes }, count, details };
  },
});
