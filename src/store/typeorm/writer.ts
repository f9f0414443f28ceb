/** One writer for all nouns: reads as its transaction sees them, and the changes. */
import type { EntityManager } from 'typeorm';
import { EstateError } from '../../domain/errors.js';
import type { Change, Entities, Noun, Where, Writer } from '../contract.js';
import { whereSql } from './condition.js';
import type { Dialect } from './dialect.js';
import { reader, scopeOf } from './reader.js';
import { tableOf } from './table.js';

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
        await insertRows(manager, dialect, noun, entities.slice(start, start + rowsPerInsert));
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
        const affected = await updateRow(manager, dialect, noun, next, { id: entity.id, revision: entity.revision });
        if (affected === 0) throw new EstateError('STALE_VERSION', { id: entity.id });
        changed([{ noun, id: entity.id, kind: 'UPDATE' }]);
        return next;
      }),
    observe: (noun, id, fields) =>
      run(async (manager, changed) => {
        requireObservations(fields);
        if (Object.keys(fields).length === 0) return;
        const affected = await updateRow(manager, dialect, noun, fields, { id });
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

async function insertRows(manager: EntityManager, dialect: Dialect, noun: Noun, entities: readonly object[]): Promise<void> {
  const { name, columns } = tableOf(manager.connection, noun);
  const parameters: unknown[] = [];
  const rows = entities.map((entity) => {
    const values = entity as Readonly<Record<string, unknown>>;
    return `(${columns.map(({ field, encode }) => dialect.placeholder(parameters.push(encode(values[field])))).join(',')})`;
  });
  const names = columns.map((column) => `"${column.name}"`).join(',');
  await manager.query(`INSERT INTO "${name}" (${names}) VALUES ${rows.join(',')}`, parameters);
}

/** @returns the number of rows that were written */
async function updateRow(
  manager: EntityManager,
  dialect: Dialect,
  noun: Noun,
  fields: object,
  where: { readonly id: string; readonly revision?: number },
): Promise<number> {
  const { name, columns } = tableOf(manager.connection, noun);
  const values = fields as Readonly<Record<string, unknown>>;
  const parameters: unknown[] = [];
  const bind = (value: unknown) => dialect.placeholder(parameters.push(value));
  const written = columns.filter(({ field }) => field !== 'id' && field in values);
  const assignments = written.map((column) => `"${column.name}" = ${bind(column.encode(values[column.field]))}`);
  const condition = [`id = ${bind(where.id)}`, ...(where.revision === undefined ? [] : [`revision = ${bind(where.revision)}`])];
  const sql = `UPDATE "${name}" SET ${assignments.join(', ')} WHERE ${condition.join(' AND ')}`;
  const result = await manager.queryRunner?.query(sql, parameters, true);
  return result?.affected ?? 0;
}

async function removeRows(manager: EntityManager, dialect: Dialect, noun: Noun, where: Where<Entities[Noun]>): Promise<readonly string[]> {
  const scope = scopeOf(manager.connection, dialect, noun);
  const { name } = scope.table;
  const sql = `SELECT id FROM "${name}" "${scope.alias}" WHERE ${whereSql(scope, where)}`;
  const selected: { id: string }[] = await manager.query(sql, scope.parameters);
  const ids = selected.map(({ id }) => id);
  if (ids.length === 0) return ids;
  await manager.query(`DELETE FROM "${name}" WHERE ${dialect.isIn('id', dialect.placeholder(1))}`, [dialect.listParameter(ids)]);
  return ids;
}
