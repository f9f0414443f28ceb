/** One writer for all nouns: reads as its transaction sees them, and the changes. */
import type { EntityManager } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { EstateError } from '../../domain/errors.js';
import type { Change, Entities, Noun, Where, Writer } from '../contract.js';
import { whereSql } from './condition.js';
import type { Dialect } from './dialect.js';
import { reader, scopeOf } from './reader.js';
import { rowClasses } from './rows/index.js';

/** Rows in one INSERT: well under every bound on the number of parameters. */
const rowsPerInsert = 200;

/** Runs one statement of the transaction in its turn; `changed` notes what to tell when the transaction is durable. */
export type RunChange = <T>(statement: (manager: EntityManager, changed: (changes: readonly Change[]) => void) => Promise<T>) => Promise<T>;

export interface WriterParts {
  readonly run: RunChange;
  readonly dialect: Dialect;
  readonly appendAudit: Writer['appendAudit'];
}

export function writer({ run, dialect, appendAudit }: WriterParts): Writer {
  const insertMany: Writer['insertMany'] = (noun, entities) =>
    run(async (manager, changed) => {
      for (let start = 0; start < entities.length; start += rowsPerInsert) {
        await insertRows(manager, noun, entities.slice(start, start + rowsPerInsert));
      }
      changed(entities.map(({ id }) => ({ noun, id, kind: 'INSERT' })));
    });
  const removeWhere = <N extends Noun>(noun: N, where: Where<Entities[N]>) =>
    run(async (manager, changed) => {
      const ids = await removeRows(manager, dialect, noun, where as Where<Entities[Noun]>);
      changed(ids.map((id) => ({ noun, id, kind: 'DELETE' })));
      return ids.length;
    });
  return {
    ...reader(run, dialect),
    insertMany,
    insert: (noun, entity) => insertMany(noun, [entity]),
    update: (noun, entity) =>
      run(async (manager, changed) => {
        const next = { ...entity, revision: entity.revision + 1 };
        const affected = await updateRow(manager, noun, next, { id: entity.id, revision: entity.revision });
        if (affected === 0) throw new EstateError('STALE_VERSION', { id: entity.id });
        changed([{ noun, id: entity.id, kind: 'UPDATE' }]);
        return next;
      }),
    observe: (noun, id, fields) =>
      run(async (manager, changed) => {
        requireObservations(fields);
        if (Object.keys(fields).length === 0) return;
        const affected = await updateRow(manager, noun, fields, { id });
        if (affected > 0) changed([{ noun, id, kind: 'OBSERVE' }]);
      }),
    delete: async (noun, id) => {
      await removeWhere(noun, { id: { eq: id } } as Where<Entities[typeof noun]>);
    },
    deleteWhere: removeWhere,
    appendAudit,
  };
}

/** An observation that moved the id or the revision would be a change that nobody asked for. */
function requireObservations(fields: object): void {
  if ('id' in fields || 'revision' in fields) {
    throw new EstateError('INTERNAL', {}, { cause: new Error('id and revision cannot be observed') });
  }
}

async function insertRows<N extends Noun>(manager: EntityManager, noun: N, entities: readonly Entities[N][]): Promise<void> {
  const values = entities as unknown as QueryDeepPartialEntity<Entities[N]>[];
  await manager
    .createQueryBuilder()
    .insert()
    .into<Entities[N]>(rowClasses[noun])
    .values(values)
    .updateEntity(false)
    .callListeners(false)
    .execute();
}

async function updateRow<N extends Noun>(
  manager: EntityManager,
  noun: N,
  fields: Partial<Entities[N]>,
  where: { readonly id: string; readonly revision?: number },
): Promise<number> {
  const query = manager.createQueryBuilder().update<Entities[N]>(rowClasses[noun]);
  query.set(fields as QueryDeepPartialEntity<Entities[N]>).where('id = :whereId', { whereId: where.id });
  if (where.revision !== undefined) query.andWhere('revision = :whereRevision', { whereRevision: where.revision });
  const { affected } = await query.updateEntity(false).callListeners(false).execute();
  return affected ?? 0;
}

async function removeRows(manager: EntityManager, dialect: Dialect, noun: Noun, where: Where<Entities[Noun]>): Promise<readonly string[]> {
  const scope = scopeOf(manager.connection, dialect, noun);
  const selected = await manager
    .createQueryBuilder<Entities[Noun]>(rowClasses[noun] as new () => Entities[Noun], scope.alias)
    .select(`${scope.alias}.id`, 'id')
    .where(whereSql(scope, where), scope.parameters)
    .getRawMany<{ id: string }>();
  const ids = selected.map(({ id }) => id);
  if (ids.length === 0) return ids;
  const parameters = { ids: dialect.listParameter(ids) };
  await manager.createQueryBuilder().delete().from(rowClasses[noun]).where(dialect.isIn('id', ':ids'), parameters).execute();
  return ids;
}
