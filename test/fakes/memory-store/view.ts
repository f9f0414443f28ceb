import type { Id } from '../../../src/domain/entity.js';
import type { Noun } from '../../../src/store/contract.js';
import type { Row } from './disk.js';

/** Rows as somebody sees them: those committed, or those with what a transaction has done so far. */
export interface View {
  row(noun: Noun, id: Id): Row | undefined;
  rows(noun: Noun): Iterable<Row>;
}

/** What a transaction, or one nested in another, has done so far; `null` where it deleted. */
export interface Layer extends View {
  put(noun: Noun, row: Row): void;
  remove(noun: Noun, id: Id): void;
  readonly changed: ReadonlyMap<Noun, ReadonlyMap<Id, Row | null>>;
}

export function committedView(rows: ReadonlyMap<Noun, Map<Id, Row>>): View {
  return {
    row: (noun, id) => rows.get(noun)?.get(id),
    rows: (noun) => rows.get(noun)?.values() ?? [],
  };
}

/** A layer over what is seen below it; nothing below changes. */
export function layerOver(below: View): Layer {
  const changed = new Map<Noun, Map<Id, Row | null>>();
  const own = (noun: Noun) => {
    const rows = changed.get(noun) ?? new Map<Id, Row | null>();
    changed.set(noun, rows);
    return rows;
  };
  return {
    changed,
    put: (noun, row) => void own(noun).set(row.id, row),
    remove: (noun, id) => void own(noun).set(id, null),
    row: (noun, id) => {
      const row = changed.get(noun)?.get(id);
      return row === undefined ? below.row(noun, id) : (row ?? undefined);
    },
    rows: (noun) => {
      const here = changed.get(noun);
      if (!here) return below.rows(noun);
      const untouched = [...below.rows(noun)].filter(({ id }) => !here.has(id));
      return [...untouched, ...[...here.values()].filter((row) => row !== null)];
    },
  };
}
