import { z } from 'zod';
import type { Context } from '../operation.js';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { associatedData, clearData, isFailed, itemsOf, type Outcome, recordedItems, refuseTooMuch, tally } from './items.js';
import { mechanismFor } from './mechanism.js';
import { keyPlace } from './place.js';
import { protect } from './protect.js';
import { usableKey } from './usable-key.js';

/** Bytes of a data key that is made here. */
const dataKeyBytes = 32;

/** A wrapped data key; in clear beside it only when it was made here. */
export interface WrappedKey {
  readonly plaintext?: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Wraps data keys under the key's current version. An item without plaintext gets a new data key from the HSM. */
export const wrapKey = use({
  name: 'wrapKey',
  action: 'managed-key.wrap',
  input: z.strictObject({ keyId: id, items: itemsOf(z.strictObject({ plaintext: clearData.optional(), aad: associatedData })) }),
  recorded: recordedItems,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: keyPlace,
  use: async (context, { items, keyId }, named) => {
    refuseTooMuch(context.estate, items);
    const key = await usableKey(context, named, 'WRAP', 'CURRENT');
    const made = await dataKeys(context, items.filter(({ plaintext }) => plaintext === undefined).length);
    const dataKeyOf = items.map(({ plaintext }) => (plaintext === undefined ? made.pop() : undefined));
    const clear = items.map(({ plaintext, aad }, index) => ({ data: plaintext ?? dataKeyOf[index] ?? new Uint8Array(), aad }));
    const wrapped = await protect(context.estate, key, clear);
    const outcomes = wrapped.map((outcome, index): Outcome<WrappedKey> => {
      const dataKey = dataKeyOf[index];
      return isFailed(outcome) || dataKey === undefined ? outcome : { ...outcome, plaintext: dataKey };
    });
    const { count, failed } = tally(outcomes);
    const keyVersion = key.managedKey.version;
    const details = { keyId, version: keyVersion, mechanism: mechanismFor(key.spec, 'ENCRYPTION', undefined), failed };
    return { output: { keyVersion, items: outcomes }, count, details };
  },
});

/** New data keys, from one request to the HSM. */
async function dataKeys({ estate }: Context, count: number): Promise<Uint8Array[]> {
  if (count === 0) return [];
  const random = await estate.hsm.generateRandom(count * dataKeyBytes);
  return Array.from({ length: count }, (_, index) => random.slice(index * dataKeyBytes, (index + 1) * dataKeyBytes));
}
