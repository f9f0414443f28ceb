import type { Context } from '../operation.js';
import { isFailed, type Outcome } from './items.js';
import type { OpenedItem, SealedItem } from './open.js';
import type { NamedKey } from './place.js';
import { protect } from './protect.js';
import { type UsableKey, usableKey } from './usable-key.js';

/** Opened items under the current version, with the associated data they had. What is `null` or failed stays out. */
export async function protectAgain(
  context: Context,
  named: NamedKey,
  items: readonly SealedItem[],
  opened: readonly (Outcome<OpenedItem> | null)[],
): Promise<{ readonly key: UsableKey; readonly outcomes: readonly (Outcome<{ readonly ciphertext: Uint8Array }> | null)[] }> {
  const key = await usableKey(context, named, 'WRAP', 'CURRENT');
  const clear = opened.flatMap((outcome, index) =>
    outcome === null || isFailed(outcome) ? [] : [{ index, data: outcome.plaintext, aad: items[index]?.aad }],
  );
  const protectedItems = clear.length === 0 ? [] : await protect(context.estate, key, clear);
  const byIndex = new Map(clear.map(({ index }, place) => [index, protectedItems[place]]));
  return { key, outcomes: opened.map((_, index) => byIndex.get(index) ?? null) };
}
