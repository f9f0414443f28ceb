/** Keyset paging: a page costs the same wherever it lies, and never skips or repeats an item that stayed in place. */
import type { EntityManager } from 'typeorm';
import { EstateError } from '../../domain/errors.js';
import type { Entities, Noun, Page, PageQuery } from '../contract.js';
import { columnOf, parameter, type Scope, whereSql } from './condition.js';
import { type CursorValue, readCursor, type SortField, writeCursor } from './cursor.js';
import { entityOf, type StoredRow } from './table.js';

const maxLimit = 500;

/** @throws EstateError CURSOR_INVALID, INPUT_INVALID when the limit is not 1 to 500. */
export async function readPage<N extends Noun>(
  manager: EntityManager,
  noun: N,
  query: PageQuery<Entities[N]>,
  scope: Scope,
): Promise<Page<Entities[N]>> {
  const { limit, cursor, backward = false } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new EstateError('INPUT_INVALID', { issues: [{ path: 'limit', message: `must be 1 to ${maxLimit}` }] });
  }
  const sort = orderingOf(query);
  for (const { field } of sort) requireScalar(scope, field);
  const terms = [whereSql(scope, (query.where ?? {}) as never)];
  if (cursor !== undefined) terms.push(beyondSql(scope, sort, cursorValues(scope, noun, sort, cursor), backward));
  const order = sort.map(({ field, descending }) => orderSql(scope, field, descending !== backward));
  const from = `"${scope.table.name}" "${scope.alias}"`;
  const sql = `SELECT * FROM ${from} WHERE ${terms.join(' AND ')} ORDER BY ${order.join(', ')} LIMIT ${limit + 1}`;
  const rows: StoredRow[] = await manager.query(sql, scope.parameters);
  const found = rows.slice(0, limit).map((row) => entityOf<N>(scope.table, row));
  const items = (backward ? found.reverse() : found).map((entity) => ({ entity, cursor: cursorOf(noun, sort, entity) }));
  const hasMore = rows.length > limit;
  // The item of the cursor itself lies on the other side.
  const hasBehind = cursor !== undefined;
  return { items, hasNext: backward ? hasBehind : hasMore, hasPrevious: backward ? hasMore : hasBehind };
}

/** The sort fields and the id, which follows the last field's direction so that one index serves both. */
function orderingOf<T>(query: PageQuery<T>): readonly SortField[] {
  const sort = (query.sort ?? []).map(({ field, descending = false }) => ({ field, descending }));
  return sort.some(({ field }) => field === 'id') ? sort : [...sort, { field: 'id', descending: sort.at(-1)?.descending ?? false }];
}

const unsortable: readonly string[] = ['simple-json', 'bytea'];

function requireScalar(scope: Scope, field: string): void {
  const type = scope.table.column(field)?.type;
  if (type === undefined || unsortable.includes(type)) {
    throw new EstateError('INTERNAL', {}, { cause: new Error(`${scope.table.name} cannot be sorted by "${field}"`) });
  }
}

function orderSql(scope: Scope, field: string, descending: boolean): string {
  const { sql, isNullable } = columnOf(scope, field);
  const direction = descending ? 'DESC' : 'ASC';
  // Said only where it matters: PostgreSQL's indexes are in its own order of nulls.
  return isNullable ? `${sql} ${direction} ${descending ? 'NULLS LAST' : 'NULLS FIRST'}` : `${sql} ${direction}`;
}

function cursorOf<T extends object>(noun: Noun, sort: readonly SortField[], row: T): string {
  return writeCursor(
    noun,
    sort,
    sort.map(({ field }) => (row as Readonly<Record<string, CursorValue>>)[field] ?? null),
  );
}

const typeOfValue: Readonly<Record<string, string>> = { varchar: 'string', integer: 'number', boolean: 'boolean' };

/** The cursor's values, each of its column's type: a made-up cursor must not reach the database. */
function cursorValues(scope: Scope, noun: Noun, sort: readonly SortField[], cursor: string): readonly CursorValue[] {
  const values = readCursor(noun, sort, cursor);
  for (const [position, { field }] of sort.entries()) {
    const value = values[position] ?? null;
    const column = scope.table.column(field);
    const fits = value === null ? column?.isNullable : typeof value === typeOfValue[column?.type ?? ''];
    const isStorable = typeof value === 'number' ? Math.abs(value) < 2 ** 31 && Number.isInteger(value) : !String(value).includes('\0');
    if (!fits || !isStorable) throw new EstateError('CURSOR_INVALID');
  }
  return values;
}

/**
 * True of the rows that come after the cursor (before it, backwards): beyond it in the first field, or equal in the
 * first and beyond in the second, and so on.
 */
function beyondSql(scope: Scope, sort: readonly SortField[], values: readonly CursorValue[], backward: boolean): string {
  const alternatives = sort.map(({ field, descending }, position) => {
    const equals = sort.slice(0, position).map((key, earlier) => equalSql(scope, key.field, values[earlier] ?? null));
    return [...equals, farSideSql(scope, field, values[position] ?? null, descending !== backward)].join(' AND ');
  });
  const beyond = `(${alternatives.map((alternative) => `(${alternative})`).join(' OR ')})`;
  const bound = boundSql(scope, sort[0], values[0] ?? null, backward);
  return bound === undefined ? beyond : `${bound} AND ${beyond}`;
}

/**
 * What holds of every row beyond the cursor in the first field alone. It adds nothing, but where alternatives stand a database
 * begins at one end of the index; with this it begins at the cursor. Nothing where rows without a value may follow.
 */
function boundSql(scope: Scope, first: SortField | undefined, value: CursorValue, backward: boolean): string | undefined {
  if (first === undefined || value === null) return undefined;
  const { sql, isNullable } = columnOf(scope, first.field);
  const descending = first.descending !== backward;
  return descending && isNullable ? undefined : `${sql} ${descending ? '<=' : '>='} ${parameter(scope, value)}`;
}

function equalSql(scope: Scope, field: string, value: CursorValue): string {
  const { sql } = columnOf(scope, field);
  return value === null ? `${sql} IS NULL` : `${sql} = ${parameter(scope, value)}`;
}

function farSideSql(scope: Scope, field: string, value: CursorValue, descending: boolean): string {
  const { sql, isNullable } = columnOf(scope, field);
  if (value === null) return descending ? '1=0' : `${sql} IS NOT NULL`;
  const beyond = `${sql} ${descending ? '<' : '>'} ${parameter(scope, value)}`;
  return descending && isNullable ? `(${beyond} OR ${sql} IS NULL)` : beyond;
}
