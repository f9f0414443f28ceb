/** Cursors: where an item lies in one ordering of one noun. Opaque to clients, base64url of JSON. */
import { EstateError } from '../../domain/errors.js';
import type { Noun } from '../contract.js';

export type CursorValue = string | number | boolean | null;

/** One field of an ordering; nulls count as lowest. */
export interface SortField {
  readonly field: string;
  readonly descending: boolean;
}

/** The text that ties a cursor to its ordering: cursors of another list or another sort are refused. */
function orderingText(noun: Noun, sort: readonly SortField[]): string {
  return [noun, ...sort.map(({ field, descending }) => `${descending ? '-' : '+'}${field}`)].join(' ');
}

/** The cursor of an item, from its values of the sort fields. */
export function writeCursor(noun: Noun, sort: readonly SortField[], values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([orderingText(noun, sort), ...values])).toString('base64url');
}

/**
 * The values a cursor carries, one per sort field.
 * @throws EstateError CURSOR_INVALID when it is garbled or belongs to another list or sort.
 */
export function readCursor(noun: Noun, sort: readonly SortField[], cursor: string): readonly CursorValue[] {
  const [ordering, ...values] = parse(cursor);
  const isOurs = ordering === orderingText(noun, sort) && values.length === sort.length && values.every(isCursorValue);
  if (!isOurs || typeof values.at(-1) !== 'string') throw new EstateError('CURSOR_INVALID');
  return values as CursorValue[];
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function isCursorValue(value: unknown): value is CursorValue {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
