/** One reader for all nouns, driven by the rows' metadata. */
import type { DataSource, EntityManager } from 'typeorm';
import type { Entities, Noun, Reader, Where } from '../contract.js';
import { columnOf, type Scope, whereSql } from './condition.js';
import type { Dialect } from './dialect.js';
import { readPage } from './page.js';
import { entityOf, type StoredRow, tableOf } from './table.js';

/** Runs one statement on the connection it belongs to, in its turn, with failures as EstateErrors. */
export type Run = <T>(statement: (manager: EntityManager) => Promise<T>) => Promise<T>;

const alias = 'e';
const defaultLimit = 10_000;
/** Ids in one statement. */
const chunkSize = 1_000;

/** A new statement's scope over the rows of a noun. */
export function scopeOf(source: DataSource, dialect: Dialect, noun: Noun): Scope {
  return { alias, table: tableOf(source, noun), dialect, parameters: [], tableOf: (other) => tableOf(source, other) };
}

/** The rows of a noun of which a condition is true. `rest` is what comes after the condition. */
async function select<N extends Noun>(
  manager: EntityManager,
  dialect: Dialect,
  noun: N,
  { where, rest }: { readonly where: Where<Entities[N]>; readonly rest: string },
): Promise<readonly Entities[N][]> {
  const scope = scopeOf(manager.connection, dialect, noun);
  const sql = `SELECT * FROM "${scope.table.name}" "${alias}" WHERE ${whereSql(scope, where as Where<Entities[Noun]>)} ${rest}`;
  const rows: StoredRow[] = await manager.query(sql, scope.parameters);
  return rows.map((row) => entityOf<N>(scope.table, row));
}

export function reader(run: Run, dialect: Dialect): Reader {
  const getMany: Reader['getMany'] = async (noun, ids) => {
    const byId = new Map<string, Entities[typeof noun]>();
    for (let start = 0; start < ids.length; start += chunkSize) {
      const where = { id: { in: ids.slice(start, start + chunkSize) } } as Where<Entities[typeof noun]>;
      const entities = await run((manager) => select(manager, dialect, noun, { where, rest: '' }));
      for (const entity of entities) byId.set(entity.id, entity);
    }
    return ids.flatMap((id) => byId.get(id) ?? []);
  };
  return {
    getMany,
    get: async (noun, id) => {
      const where = { id: { eq: id } } as Where<Entities[typeof noun]>;
      const [entity] = await run((manager) => select(manager, dialect, noun, { where, rest: '' }));
      return entity;
    },
    find: (noun, where, limit = defaultLimit) =>
      run((manager) => select(manager, dialect, noun, { where, rest: `ORDER BY "${alias}"."id" LIMIT ${Math.trunc(limit)}` })),
    page: (noun, query) => run((manager) => readPage(manager, noun, query, scopeOf(manager.connection, dialect, noun))),
    count: (noun, where) =>
      run(async (manager) => {
        const scope = scopeOf(manager.connection, dialect, noun);
        const condition = whereSql(scope, where as Where<Entities[Noun]>);
        const sql = `SELECT count(*) AS total FROM "${scope.table.name}" "${alias}" WHERE ${condition}`;
        const [row]: { total: unknown }[] = await manager.query(sql, scope.parameters);
        return Number(row?.total);
      }),
    countBy: (noun, field, where) =>
      run(async (manager) => {
        const scope = scopeOf(manager.connection, dialect, noun);
        const { sql: value } = columnOf(scope, field);
        const condition = whereSql(scope, where as Where<Entities[Noun]>);
        const sql = `SELECT ${value} AS value, count(*) AS total FROM "${scope.table.name}" "${alias}" WHERE ${condition} GROUP BY ${value}`;
        const rows: { value: unknown; total: unknown }[] = await manager.query(sql, scope.parameters);
        return new Map(rows.map((row) => [row.value === null ? '' : String(row.value), Number(row.total)]));
      }),
  };
}
