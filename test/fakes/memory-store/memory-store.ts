/** A store without a database: what is committed goes to a `MemoryDisk`, all else goes with the process. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditRecord } from '../../../src/domain/audit-event.js';
import { EstateError } from '../../../src/domain/errors.js';
import type { AuditLog, Change, Reader, Store, Writer } from '../../../src/store/contract.js';
import { commitListeners } from '../../../src/store/typeorm/commit-listeners.js';
import { auditFailure, storeFailure } from '../../../src/store/typeorm/failures.js';
import { type Turns, turns } from '../../../src/store/typeorm/turns.js';
import { type Leaf, leafOf, readableLog } from './audit-log.js';
import { addLeaf, type Content, copyOf, type Mount } from './disk.js';
import { reader } from './reader.js';
import { committedView, type Layer, layerOver, type View } from './view.js';
import { misuse, RowRefused, refuseOrphans, writer } from './writer.js';

/** A transaction, or one nested in another. */
interface Level {
  /** The store it belongs to. */
  readonly mount: Mount;
  readonly parent: Level | undefined;
  readonly layer: Layer;
  readonly turns: Turns;
  readonly firstIndex: number;
  readonly changes: Change[];
  readonly leaves: Leaf[];
  isOpen: boolean;
  failure: EstateError | undefined;
}

/** One for all stores: each that is made costs every promise of the process a little, for ever. */
const standing = new AsyncLocalStorage<Level>();

type Work<T> = (tx: Writer) => Promise<T>;

export function memoryStore(mount: Mount): Store {
  const { content } = mount;
  const queue = turns();
  const listeners = commitListeners(() => {});
  let closing: Promise<void> | undefined;

  const current = () => {
    const level = standing.getStore();
    return level?.isOpen && level.mount === mount ? level : undefined;
  };

  const inLevel = async <T>(own: Level, statement: (level: Level) => T): Promise<T> => {
    if (!own.isOpen) throw misuse('the transaction has ended');
    const here = current();
    const level = here && isWithin(here, own) ? here : own;
    return await level.turns.take(async () => guarded(level, () => statement(level)));
  };

  const writerOf = (own: Level): Writer =>
    writer({
      run: (statement) => inLevel(own, ({ layer, changes }) => statement(layer, changes)),
      appendAudit: (event) =>
        inLevel(own, ({ leaves, firstIndex }) => {
          const leaf = leafOf(event);
          leaves.push(leaf);
          return { index: firstIndex + leaves.length - 1, event: leaf.event, leafHash: leaf.hash };
        }),
    });

  const run = async <T>(level: Level, work: Work<T>): Promise<T> => {
    try {
      const result = await standing.run(level, () => work(writerOf(level)));
      level.isOpen = false;
      await level.turns.idle();
      if (level.failure) throw level.failure;
      return result;
    } finally {
      level.isOpen = false;
      await level.turns.idle();
    }
  };

  const nest = <T>(parent: Level, work: Work<T>, isRollback: boolean): Promise<T> =>
    parent.turns.take(async () => {
      const level = levelOver(mount, parent.layer, parent.firstIndex + parent.leaves.length, parent);
      const result = await run(level, work);
      if (!isRollback) adopt(parent, level);
      return result;
    });

  const outermost = <T>(work: Work<T>, isRollback: boolean): Promise<T> =>
    queue.take(async () => {
      mount.check();
      const level = levelOver(mount, committedView(content.rows), content.records.length, undefined);
      const result = await run(level, work);
      refuseOrphans(level.layer);
      if (!isRollback) commit(level);
      return result;
    });

  /** All or nothing, in one go. */
  const commit = ({ layer, leaves, changes }: Pick<Level, 'layer' | 'leaves' | 'changes'>): readonly AuditRecord[] => {
    mount.check();
    const ids = new Set<string>();
    for (const { event } of leaves) {
      if (content.recordsById.has(event.id) || ids.has(event.id)) throw auditFailure(new EstateError('ALREADY_EXISTS'));
      ids.add(event.id);
    }
    for (const [noun, changed] of layer.changed) {
      const rows = content.rows.get(noun);
      for (const [id, row] of changed) row ? rows?.set(id, row) : rows?.delete(id);
    }
    const records = leaves.map(({ event, hash }, position) => ({ index: content.records.length + position, event, leafHash: hash }));
    for (const record of records) addLeaf(content, record);
    listeners.tell({ changes, audit: records });
    return records;
  };

  const append: AuditLog['append'] = async (event) => {
    if (current()) throw misuse('audit.append would wait for the transaction it is called in');
    const leaf = leafOf(event);
    try {
      return await queue.take(async () => {
        const level = levelOver(mount, committedView(content.rows), content.records.length, undefined);
        return commit({ ...level, leaves: [leaf] })[0] as AuditRecord;
      });
    } catch (error) {
      throw auditFailure(error);
    }
  };

  return {
    read: readerOf(content, mount.check),
    write: async (work, { rollback = false } = {}) => {
      const parent = current();
      if (parent) return await nest(parent, work, rollback);
      if (closing) mount.check();
      return await outermost(work, rollback);
    },
    snapshot: async (work) => {
      if (current()) throw misuse('a snapshot would wait for the transaction it is asked for in');
      mount.check();
      const moment = copyOf(content);
      let isOpen = true;
      const check = () => {
        if (!isOpen) throw misuse('the snapshot has ended');
        mount.check();
      };
      try {
        return await work({ read: readerOf(moment, check), audit: readableLog(moment, check) });
      } finally {
        isOpen = false;
      }
    },
    audit: { ...readableLog(content, mount.check), append },
    onCommit: listeners.onCommit,
    ping: async () => mount.check(),
    close: () => {
      closing ??= queue.idle().then(() => mount.release());
      return closing;
    },
  };
}

function readerOf({ rows }: Content, check: () => void): Reader {
  return reader(async (statement) => {
    check();
    return statement(committedView(rows));
  });
}

function levelOver(mount: Mount, below: View, firstIndex: number, parent: Level | undefined): Level {
  return { mount, parent, layer: layerOver(below), turns: turns(), firstIndex, changes: [], leaves: [], isOpen: true, failure: undefined };
}

function isWithin(level: Level, other: Level): boolean {
  return level === other || (level.parent !== undefined && isWithin(level.parent, other));
}

/** What a nested transaction did becomes its parent's. */
function adopt(parent: Level, { layer, changes, leaves }: Level): void {
  for (const [noun, changed] of layer.changed) {
    for (const [id, row] of changed) row ? parent.layer.put(noun, row) : parent.layer.remove(noun, id);
  }
  parent.changes.push(...changes);
  parent.leaves.push(...leaves);
}

/** A refused row keeps its transaction from being committed, even when somebody catches it. */
function guarded<T>(level: Level, statement: () => T): T {
  if (level.failure) throw level.failure;
  try {
    return statement();
  } catch (error) {
    if (error instanceof RowRefused) level.failure = error;
    throw storeFailure(error);
  }
}
