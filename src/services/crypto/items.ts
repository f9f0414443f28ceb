/** Lists of items: their bounds, and results of which one's failure does not fail the others. */
import { z } from 'zod';
import type { Mechanism } from '../../domain/algorithms.js';
import type { Id, JsonObject } from '../../domain/entity.js';
import { type ErrorCode, type ErrorKind, EstateError } from '../../domain/errors.js';
import type { ItemResult } from '../../hsm/contract.js';
import type { Estate } from '../estate.js';
import { bytes } from '../rules.js';

/** Largest item in a call, in bytes. */
export const maxItemBytes = 1024 * 1024;
/** Largest sum of all items in a call, in bytes. */
export const maxCallBytes = 8 * 1024 * 1024;
/** What a ciphertext may be longer than its plaintext: header, nonce and tag, or a whole RSA block. */
const maxOverhead = 1024;

export const clearData = bytes(maxItemBytes);
export const ciphertextData = bytes(maxItemBytes + maxOverhead);
export const signatureData = bytes(maxOverhead);
export const associatedData = bytes(64 * 1024).optional();

/** A list of items of this shape. */
export const itemsOf = <T extends z.ZodType>(item: T) => z.array(item).min(1);

/** Why one item of a list failed. */
export interface ItemError {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly message: string;
}
/** One item's result, in the place of the item it belongs to. */
export type Outcome<T> = T | { readonly error: ItemError };

/** What audit events record of a list of items: the key and how they were to be used, their number and their size in bytes. */
export function recordedItems({ items, ...how }: RecordedUse): JsonObject {
  const given = Object.entries(how).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), items: items.length, bytes: sizeOf(items) };
}

interface RecordedUse {
  readonly keyId: Id;
  readonly mechanism?: Mechanism | undefined;
  readonly version?: number | undefined;
  readonly items: Items;
}
type Items = readonly Readonly<Record<string, unknown>>[];

/** The items of one call, within its limits. @throws EstateError TOO_LARGE with the limits */
export function refuseTooMuch({ policy }: Estate, items: Items): void {
  if (items.length > policy.maxItems || sizeOf(items) > maxCallBytes) {
    throw new EstateError('TOO_LARGE', { maxItems: policy.maxItems, maxItemBytes, maxCallBytes });
  }
}

function sizeOf(items: Items): number {
  let size = 0;
  for (const item of items) for (const value of Object.values(item)) if (value instanceof Uint8Array) size += value.length;
  return size;
}

export function failed(error: EstateError): { readonly error: ItemError } {
  return { error: { code: error.code, kind: error.kind, message: error.message } };
}

/** The HSM's result for an item, as the caller sees it. */
export function outcomeOf<T>(result: ItemResult | undefined, success: (data: Uint8Array) => T): Outcome<T> {
  return result?.ok ? success(result.data) : failed(new EstateError(result?.code ?? 'CRYPTO_FAILED'));
}

export function isFailed(outcome: object): outcome is { readonly error: ItemError } {
  return 'error' in outcome;
}

/** What the audit event says of the items: how many there were, and how many failed. */
export function tally(outcomes: readonly object[]): { readonly count: number; readonly failed: number } {
  return { count: outcomes.length, failed: outcomes.filter(isFailed).length };
}
