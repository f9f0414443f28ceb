import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { associatedData, ciphertextData, failed, isFailed, itemsOf, type Outcome, recordedItems, refuseTooMuch, tally } from './items.js';
import { mechanismFor } from './mechanism.js';
import { open } from './open.js';
import { keyPlace } from './place.js';
import { protectAgain } from './protect-again.js';

/** A ciphertext under the current version, and the version it was under before. */
export interface RewrappedItem {
  readonly ciphertext: Uint8Array;
  readonly keyVersion: number;
  readonly previousVersion: number;
}

/** Brings ciphertexts of older versions under the current one; the clear data is not answered. */
export const rewrapKey = use({
  name: 'rewrapKey',
  action: 'managed-key.rewrap',
  input: z.strictObject({ keyId: id, items: itemsOf(z.strictObject({ ciphertext: ciphertextData, aad: associatedData })) }),
  recorded: recordedItems,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: keyPlace,
  use: async (context, { items, keyId }, named) => {
    refuseTooMuch(context.estate, items);
    const { outcomes: opened } = await open(context, named, 'UNWRAP', items);
    const { key, outcomes: again } = await protectAgain(context, named, items, opened);
    const keyVersion = key.managedKey.version;
    const outcomes = opened.map((before, index): Outcome<RewrappedItem> => {
      if (isFailed(before)) return before;
      const after = again[index] ?? failed(new EstateError('CRYPTO_FAILED'));
      return isFailed(after) ? after : { ciphertext: after.ciphertext, keyVersion, previousVersion: before.keyVersion };
    });
    const { count, failed: failures } = tally(outcomes);
    const details = { keyId, version: keyVersion, mechanism: mechanismFor(key.spec, 'ENCRYPTION', undefined), failed: failures };
    return { output: { keyVersion, items: outcomes }, count, details };
  },
});
