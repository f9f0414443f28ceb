import { setImmediate as turn } from 'node:timers/promises';
import { EstateError } from '../domain/errors.js';
import type { ItemResult } from './contract.js';

/** Longest stretch of one list before others get their turn. */
const sliceMilliseconds = 4;

/** Runs over a list in order without keeping the event loop from other requests. */
export async function eachInTurn<Item, Result>(items: readonly Item[], use: (item: Item) => Result | Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let began = performance.now();
  for (const item of items) {
    const result = use(item);
    results.push(result instanceof Promise ? await result : result);
    if (performance.now() - began > sliceMilliseconds) {
      await turn();
      began = performance.now();
    }
  }
  return results;
}

/** One result per item; whatever an item throws becomes the one code. @throws EstateError HSM_UNAVAILABLE */
export function eachResult<Item>(
  items: readonly Item[],
  code: 'CIPHERTEXT_INVALID' | 'CRYPTO_FAILED',
  use: (item: Item) => Uint8Array | Promise<Uint8Array>,
): Promise<ItemResult[]> {
  const succeeded = (data: Uint8Array): ItemResult => ({ ok: true, data });
  const failed = (error: unknown): ItemResult => {
    // An HSM that is gone is no fault of the item's.
    if (error instanceof EstateError && error.code === 'HSM_UNAVAILABLE') throw error;
    return { ok: false, code };
  };
  return eachInTurn(items, (item) => {
    try {
      const result = use(item);
      return result instanceof Promise ? result.then(succeeded, failed) : succeeded(result);
    } catch (error) {
      return failed(error);
    }
  });
}
