import { EstateError } from '../../../src/domain/errors.js';
import type { Entities, Noun, PageQuery, Reader, SortKey, Where } from '../../../src/store/contract.js';
import { type CursorValue, readCursor, type SortField, writeCursor } from '../../../src/store/typeorm/cursor.js';
import { compareValues, matching } from './conditions.js';
import type { Row } from './disk.js';
import { columnOf } from './tables.js';
import type { View } from './view.js';

const defaultLimit = 10_000;
const maxLimit = 500;

/** Runs one statement where it belongs, in its turn. */
export type Run = <T>(statement: (view: View) => T) => Promise<T>;

export function reader(run: Run): Reader {
  return {
    get: (noun, id) => run((view) => copied<typeof noun>(view.row(noun, id))),
    getMany: (noun, ids) => run((view) => ids.flatMap((id) => copied<typeof noun>(view.row(noun, id)) ?? [])),
    find: (noun, where, limit = defaultLimit) =>
      run((view) =>
        found(view, noun, where)
          .slice(0, limit)
          .map((row) => ({ ...row })),
      ),
    page: (noun, query) => run((view) => page(view, noun, query)),
    count: (noun, where) => run((view) => found(view, noun, where).length),
    countBy: (noun, field, where) =>
      run((view) => {
        columnOf(noun, field);
        const counts = new Map<string, number>();
        for (const row of found(view, noun, where)) {
          const value = row[field] as unknown;
          const name = value === null ? '' : String(value);
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        return counts;
      }),
  };
}

function copied<N extends Noun>(row: Row | undefined): Entities[N] | undefined {
  return row && ({ ...row } as Entities[N]);
}

/** Rows that match, by id. */
export function found<N extends Noun>(view: View, noun: N, where: Where<Entities[N]>): Entities[N][] {
  const test = matching(view, noun, where as Where<Row>);
  const rows: Row[] = [];
  for (const row of view.rows(noun)) if (test(row)) rows.push(row);
  return rows.sort((a, b) => compareValues(a.id, b.id)) as Entities[N][];
}

function page<N extends Noun>(view: View, noun: N, query: PageQuery<Entities[N]>) {
  const { limit, cursor, backward = false } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new EstateError('INPUT_INVALID', { issues: [{ path: 'limit', message: `must be 1 to ${maxLimit}` }] });
  }
  const sort = orderingOf(query);
  for (const { field } of sort) requireScalar(noun, field);
  const valuesOf = (row: Row) => sort.map(({ field }) => (row as unknown as Readonly<Record<string, CursorValue>>)[field] ?? null);
  const all = found(view, noun, query.where ?? {}).sort((a, b) => compareKeys(sort, valuesOf(a), valuesOf(b)));
  const ordered = backward ? all.reverse() : all;
  const from = cursor === undefined ? undefined : cursorValues(noun, sort, cursor);
  const beyond = from ? ordered.filter((row) => compareKeys(sort, valuesOf(row), from) * (backward ? -1 : 1) > 0) : ordered;
  const rows = beyond.slice(0, limit);
  const items = (backward ? rows.reverse() : rows).map((row) => ({ entity: { ...row }, cursor: writeCursor(noun, sort, valuesOf(row)) }));
  const hasMore = beyond.length > limit;
  const hasBehind = cursor !== undefined;
  return { items, hasNext: backward ? hasBehind : hasMore, hasPrevious: backward ? hasMore : hasBehind };
}

function orderingOf<T>(query: PageQuery<T>): readonly SortField[] {
  const sort = (query.sort ?? []).map(({ field, descending = false }: SortKey<T>) => ({ field: field as string, descending }));
  return sort.some(({ field }) => field === 'id') ? sort : [...sort, { field: 'id', descending: sort.at(-1)?.descending ?? false }];
}

function compareKeys(sort: readonly SortField[], a: readonly CursorValue[], b: readonly CursorValue[]): number {
  for (const [position, { descending }] of sort.entries()) {
    const order = compareValues(a[position] ?? null, b[position] ?? null);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function requireScalar(noun: Noun, field: string): void {
  const { type } = columnOf(noun, field);
  if (type === 'simple-json' || type === 'bytea')
    throw new EstateError('INTERNAL', {}, { cause: new Error(`${noun} cannot be sorted by "${field}"`) });
}

const typeOfValue: Readonly<Record<string, string>> = { varchar: 'string', integer: 'number', bigint: 'number', boolean: 'boolean' };

function cursorValues(noun: Noun, sort: readonly SortField[], cursor: string): readonly CursorValue[] {
  const values = readCursor(noun, sort, cursor);
  for (const [position, { field }] of sort.entries()) {
    const value = values[position] ?? null;
    const column = columnOf(noun, field);
    const fits = value === null ? column.isNullable : typeof value === typeOfValue[column.type];
    if (!fits || String(value).includes('\0')) throw new EstateError('CURSOR_INVALID');
  }
  return values;
}
