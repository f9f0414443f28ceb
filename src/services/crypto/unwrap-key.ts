import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import type { Context } from '../operation.js';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { associatedData, ciphertextData, isFailed, itemsOf, type Outcome, recordedItems, refuseTooMuch, tally } from './items.js';
import { mechanismFor } from './mechanism.js';
import { type OpenedItem, open, type SealedItem } from './open.js';
import { keyPlace, type NamedKey } from './place.js';
import { protectAgain } from './protect-again.js';

export interface UnwrappedKey extends OpenedItem {
  /** The data key under the current version, when an older one had wrapped it and the current one can be used here. */
  readonly rewrapped?: Uint8Array;
}

/** Unwraps data keys, and wraps those of older versions anew on the way. */
export const unwrapKey = use({
  name: 'unwrapKey',
  action: 'managed-key.unwrap',
  input: z.strictObject({ keyId: id, items: itemsOf(z.strictObject({ ciphertext: ciphertextData, aad: associatedData })) }),
  recorded: recordedItems,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: keyPlace,
  use: async (context, { items, keyId }, named) => {
    refuseTooMuch(context.estate, items);
    const { key, outcomes: opened } = await open(context, named, 'UNWRAP', items);
    const outcomes = await withRewrapped(context, named, items, opened);
    const { count, failed } = tally(outcomes);
    const details = { keyId, versions: [...key.versions.keys()], mechanism: mechanismFor(key.spec, 'ENCRYPTION', undefined), failed };
    return { output: { items: outcomes }, count, details };
  },
});

async function withRewrapped(
  context: Context,
  named: NamedKey,
  items: readonly SealedItem[],
  opened: readonly Outcome<OpenedItem>[],
): Promise<readonly Outcome<UnwrappedKey>[]> {
  const isOld = (outcome: Outcome<OpenedItem>) => !isFailed(outcome) && outcome.keyVersion < named.managedKey.version;
  if (named.managedKey.state !== 'ACTIVE' || !opened.some(isOld)) return opened;
  const old = opened.map((outcome) => (isOld(outcome) ? outcome : null));
  const outcomes = await protectAgain(context, named, items, old).then((again) => again.outcomes, withoutAgain);
  return opened.map((outcome, index) => {
    const again = outcomes[index];
    return isFailed(outcome) || !again || isFailed(again) ? outcome : { ...outcome, rewrapped: again.ciphertext };
  });
}

/** An old version opens its data also where the current one never came, or may encrypt no more. */
function withoutAgain(error: unknown): readonly null[] {
  if (error instanceof EstateError && (error.code === 'KEY_NOT_USABLE_HERE' || error.code === 'ENCRYPTION_LIMIT_REACHED')) return [];
  throw error;
}
