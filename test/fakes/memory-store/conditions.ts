/** Conditions of the store's contract, held against one row at a time. */
import { EstateError } from '../../../src/domain/errors.js';
import type { Condition, Entities, Noun, Selection, Where } from '../../../src/store/contract.js';
import { type Column, columnOf } from './tables.js';
import type { View } from './view.js';

type AnyWhere = Where<Entities[Noun]>;
export type Test = (row: object) => boolean;
type Value = string | number | boolean | null;

/** A test that is true of exactly the rows that match. @throws EstateError INTERNAL for undefined values and unknown fields */
export function matching(view: View, noun: Noun, where: AnyWhere): Test {
  const tests = Object.entries(where).map(([field, value]): Test => {
    if (value === undefined) throw undefinedValue(field);
    return field === 'any' ? anyOf(view, noun, value as readonly AnyWhere[]) : onField(view, noun, field, value as Condition);
  });
  return (row) => tests.every((test) => test(row));
}

function anyOf(view: View, noun: Noun, members: readonly AnyWhere[]): Test {
  const tests = members.map((member) => matching(view, noun, member));
  return (row) => tests.some((test) => test(row));
}

function onField(view: View, noun: Noun, field: string, condition: Condition): Test {
  const column = columnOf(noun, field);
  const tests = Object.entries(condition).map(([kind, asked]: [string, unknown]) => {
    if (asked === undefined) throw undefinedValue(field);
    const build = builders[kind as keyof Condition] as Builder<unknown> | undefined;
    if (!build) throw new EstateError('INTERNAL', {}, { cause: new Error(`there is no condition "${kind}"`) });
    return build(asked, view);
  });
  return (row) => {
    const value = storedValue(column, (row as Readonly<Record<string, unknown>>)[field]);
    return tests.every((test) => test(value));
  };
}

function undefinedValue(field: string): EstateError {
  return new EstateError('INTERNAL', {}, { cause: new Error(`the condition on "${field}" is undefined`) });
}

/** The value as a database compares it: JSON is text there. */
function storedValue({ type }: Column, value: unknown): Value {
  if (value === null || value === undefined) return null;
  return type === 'simple-json' ? JSON.stringify(value) : (value as Value);
}

type Builder<V> = (asked: V, view: View) => (value: Value) => boolean;

const comparison =
  (holds: (order: number) => boolean): Builder<unknown> =>
  (asked) =>
  (value) =>
    value !== null && asked !== null && holds(compareValues(value, asked as Value));

const builders: { readonly [K in keyof Condition]-?: Builder<NonNullable<Condition[K]>> } = {
  eq: (asked: unknown) => (value) => value === asked,
  ne: (asked: unknown) => (value) => value !== asked,
  in: isIn,
  notIn: (asked) => {
    const test = isIn(asked);
    return (value) => !test(value);
  },
  gte: comparison((order) => order >= 0),
  lte: comparison((order) => order <= 0),
  gt: comparison((order) => order > 0),
  lt: comparison((order) => order < 0),
  startsWith: (text) => (value) => lowered(value)?.startsWith(lowered(text) ?? '') ?? false,
  contains: (text) => (value) => lowered(value)?.includes(lowered(text) ?? '') ?? false,
  has: (item) => (value) => typeof value === 'string' && (JSON.parse(value) as unknown[]).includes(item),
  within: (selection, view) => {
    const values = selected(view, selection);
    return (value) => value !== null && values.has(value);
  },
};

function isIn(asked: readonly unknown[]): (value: Value) => boolean {
  if (asked.includes(undefined)) throw undefinedValue('a list');
  const values = new Set(asked);
  return (value) => values.has(value);
}

function lowered(value: Value): string | undefined {
  return typeof value === 'string' ? value.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : undefined;
}

function selected(view: View, { noun, field, where }: Selection): ReadonlySet<unknown> {
  const column = columnOf(noun, field);
  const test = matching(view, noun, where);
  const values = new Set<unknown>();
  for (const row of view.rows(noun)) if (test(row)) values.add(storedValue(column, (row as unknown as Record<string, unknown>)[field]));
  return values;
}

/** The order of a database: null is lowest, text goes by its bytes. */
export function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return Number(a) - Number(b);
}

const surrogate = /[\ud800-\udfff]/;

function compareText(a: string, b: string): number {
  // UTF-16 and UTF-8 order text alike but where surrogates are.
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
