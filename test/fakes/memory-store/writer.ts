import type { AuditRecord } from '../../../src/domain/audit-event.js';
import { EstateError } from '../../../src/domain/errors.js';
import type { Change, Entities, Noun, Where, Writer } from '../../../src/store/contract.js';
import type { Row } from './disk.js';
import { found, type Run, reader } from './reader.js';
import { tables } from './tables.js';
import type { Layer, View } from './view.js';

export interface WriterParts {
  /** Runs one statement of the transaction in its turn. */
  readonly run: <T>(statement: (layer: Layer, changes: Change[]) => T) => Promise<T>;
  readonly appendAudit: (...event: Parameters<Writer['appendAudit']>) => Promise<AuditRecord>;
}

/** A row that the database would refuse, as opposed to what a store refuses itself: it ends the transaction. */
export class RowRefused extends EstateError {}

export function writer({ run, appendAudit }: WriterParts): Writer {
  const read: Run = (statement) => run((layer) => statement(layer));
  const insertMany: Writer['insertMany'] = (noun, entities) =>
    run((layer, changes) => {
      for (const entity of entities) insert(layer, noun, entity);
      changes.push(...entities.map(({ id }) => ({ noun, id, kind: 'INSERT' as const })));
    });
  const removeWhere = <N extends Noun>(noun: N, where: Where<Entities[N]>) =>
    run((layer, changes) => {
      const rows = found(layer, noun, where);
      for (const { id } of rows) {
        layer.remove(noun, id);
        changes.push({ noun, id, kind: 'DELETE' });
      }
      return rows.length;
    });
  return {
    ...reader(read),
    insertMany,
    insert: (noun, entity) => insertMany(noun, [entity]),
    update: (noun, entity) =>
      run((layer, changes) => {
        if (layer.row(noun, entity.id)?.revision !== entity.revision) throw new EstateError('STALE_VERSION', { id: entity.id });
        const next = { ...entity, revision: entity.revision + 1 };
        put(layer, noun, next);
        changes.push({ noun, id: entity.id, kind: 'UPDATE' });
        return next;
      }),
    observe: (noun, id, fields) =>
      run((layer, changes) => {
        if ('id' in fields || 'revision' in fields) throw misuse('id and revision cannot be observed');
        const before = layer.row(noun, id);
        if (!before || Object.keys(fields).length === 0) return;
        put(layer, noun, { ...before, ...fields } as Entities[typeof noun]);
        changes.push({ noun, id, kind: 'OBSERVE' });
      }),
    delete: async (noun, id) => {
      await removeWhere(noun, { id: { eq: id } } as Where<Entities[typeof noun]>);
    },
    deleteWhere: removeWhere,
    appendAudit,
  };
}

function insert<N extends Noun>(layer: Layer, noun: N, entity: Entities[N]): void {
  if (layer.row(noun, entity.id)) throw new RowRefused('ALREADY_EXISTS');
  put(layer, noun, entity);
}

function put<N extends Noun>(layer: Layer, noun: N, entity: Entities[N]): void {
  const { columns, uniques } = tables[noun];
  for (const [field, { isNullable }] of columns) {
    const value = (entity as unknown as Record<string, unknown>)[field];
    if (value === undefined || (value === null && !isNullable))
      throw new RowRefused('INTERNAL', {}, { cause: new Error(`${noun}.${field} is missing`) });
  }
  for (const fields of uniques) refuseTwice(layer, noun, fields, entity);
  layer.put(noun, { ...entity });
}

function refuseTwice(view: View, noun: Noun, fields: readonly string[], entity: Row): void {
  const fieldOf = (row: Row, field: string) => (row as unknown as Record<string, unknown>)[field];
  if (fields.some((field) => fieldOf(entity, field) === null)) return;
  for (const row of view.rows(noun)) {
    if (row.id !== entity.id && fields.every((field) => fieldOf(row, field) === fieldOf(entity, field)))
      throw new RowRefused('ALREADY_EXISTS');
  }
}

/** Children without their parents, by what a transaction changed. @throws EstateError INTERNAL */
export function refuseOrphans(layer: Layer): void {
  for (const [noun, changed] of layer.changed) {
    const { parents, children } = tables[noun];
    for (const [id, row] of changed) {
      const isOrphan = row
        ? parents.some(({ field, noun: parent }) => !layer.row(parent, (row as unknown as Record<string, string>)[field] ?? ''))
        : children.some(({ field, noun: child }) =>
            [...layer.rows(child)].some((other) => (other as unknown as Record<string, unknown>)[field] === id),
          );
      if (isOrphan) throw new EstateError('INTERNAL', {}, { cause: new Error(`a child of or among ${noun} has no parent`) });
    }
  }
}

export function misuse(what: string): EstateError {
  return new EstateError('INTERNAL', {}, { cause: new Error(what) });
}
