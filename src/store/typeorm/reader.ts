/** One reader for all nouns, driven by the rows' metadata. */
import type { DataSource, EntityManager, EntityMetadata, SelectQueryBuilder } from 'typeorm';
import type { Entities, Noun, Reader, Where } from '../contract.js';
import { columnOf, type Scope, whereSql } from './condition.js';
import type { Dialect } from './dialect.js';
import { readPage } from './page.js';
import { rowClasses } from './rows/index.js';

/** Runs one statement on the connection it belongs to, in its turn, with failures as EstateErrors. */
export type Run = <T>(statement: (manager: EntityManager) => Promise<T>) => Promise<T>;

const alias = 'e';
const defaultLimit = 10_000;
/** Ids in one statement. */
const chunkSize = 1_000;

export function rowMetadata(source: DataSource, noun: Noun): EntityMetadata {
  return source.getMetadata(rowClasses[noun]);
}

/** A new statement's scope over the rows of a noun. */
export function scopeOf(source: DataSource, dialect: Dialect, noun: Noun, name: string = alias): Scope {
  const metadataOf = (other: Noun) => rowMetadata(source, other);
  return { alias: name, metadata: metadataOf(noun), dialect, parameters: {}, metadataOf };
}

function select<N extends Noun>(manager: EntityManager, noun: N): SelectQueryBuilder<Entities[N]> {
  return manager.createQueryBuilder<Entities[N]>(rowClasses[noun], alias);
}

export function reader(run: Run, dialect: Dialect): Reader {
  const filtered = <N extends Noun>(manager: EntityManager, noun: N, where: Where<Entities[N]>) => {
    const scope = scopeOf(manager.connection, dialect, noun);
    return { scope, query: select(manager, noun).where(whereSql(scope, where as Where<Entities[Noun]>), scope.parameters) };
  };
  const getMany: Reader['getMany'] = async (noun, ids) => {
    const byId = new Map<string, Entities[typeof noun]>();
    for (let start = 0; start < ids.length; start += chunkSize) {
      const where = { id: { in: ids.slice(start, start + chunkSize) } } as Where<Entities[typeof noun]>;
      const rows = await run((manager) => filtered(manager, noun, where).query.getMany());
      for (const row of rows) byId.set(row.id, { ...row });
    }
    return ids.flatMap((id) => byId.get(id) ?? []);
  };
  return {
    getMany,
    get: async (noun, id) => (await getMany(noun, [id]))[0],
    find: (noun, where, limit = defaultLimit) =>
      run(async (manager) => {
        const { query } = filtered(manager, noun, where);
        const rows = await query.orderBy(`${alias}.id`, 'ASC').limit(limit).getMany();
        return rows.map((row) => ({ ...row }));
      }),
    page: (noun, query) => run((manager) => readPage(noun, query, scopeOf(manager.connection, dialect, noun), select(manager, noun))),
    count: (noun, where) => run((manager) => filtered(manager, noun, where).query.getCount()),
    countBy: (noun, field, where) =>
      run(async (manager) => {
        const { scope, query } = filtered(manager, noun, where);
        const { sql } = columnOf(scope, field);
        const rows = await query
          .select(sql, 'value')
          .addSelect('count(*)', 'total')
          .groupBy(sql)
          .getRawMany<{ value: unknown; total: unknown }>();
        return new Map(rows.map(({ value, total }) => [value === null ? '' : String(value), Number(total)]));
      }),
  };
}
