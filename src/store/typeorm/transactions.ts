/**
 * The single writer. Every transaction waits in one queue, since TypeORM would let two of them share a connection and
 * lose acknowledged rows. A nested `write` joins the one around it as a savepoint: when it fails and its caller goes
 * on, nothing of it remains. A statement that the database refused ends its transaction (or nested one) on both
 * databases alike: later statements and the commit fail with the same error.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueryRunner } from 'typeorm';
import type { AuditRecord } from '../../domain/audit-event.js';
import type { Frontier } from '../../domain/audit-log.js';
import { EstateError } from '../../domain/errors.js';
import type { Change, Committed, Store, Writer } from '../contract.js';
import { insertLeaves, type Leaf, leafOf, loadFrontier } from './audit-rows.js';
import type { Database } from './database.js';
import { auditFailure, storeFailure } from './failures.js';
import { type Turns, turns } from './turns.js';
import { writer } from './writer.js';

export interface Transactions extends Pick<Store, 'write' | 'onCommit' | 'close'> {
  /** A transaction of its own for the leaves that are there when its turn has come. */
  appendLeaves(take: () => readonly Leaf[]): Promise<readonly AuditRecord[]>;
  /** Refuses what is asked of a closed store, or would wait for the transaction it is asked in. */
  admit(what: string): void;
}

/** More than the pool can hold of connections that all broke. */
const beginAttempts = 4;

/** A transaction, or a nested one. Its statements and the transactions nested in it run one at a time. */
interface Level {
  readonly runner: QueryRunner;
  readonly parent: Level | undefined;
  readonly depth: number;
  readonly turns: Turns;
  /** Number of events in the log before this level's own. */
  readonly firstIndex: number;
  readonly changes: Change[];
  readonly leaves: Leaf[];
  isOpen: boolean;
  /** The refusal of the database that keeps this level from being committed. */
  failure: EstateError | undefined;
}

interface Session {
  readonly runner: QueryRunner;
  readonly frontier: Frontier;
}

export function transactions(database: Database, log: (message: string, cause: unknown) => void): Transactions {
  const { dialect } = database;
  const queue = turns();
  const current = new AsyncLocalStorage<Level>();
  const listeners = new Set<(committed: Committed) => void>();
  let closing: Promise<void> | undefined;
  /** The log's right edge as committed; unknown before the first transaction and after a commit of unknown outcome. */
  let edge: Frontier | undefined;

  const openLevel = (): Level | undefined => {
    const level = current.getStore();
    return level?.isOpen ? level : undefined;
  };

  /** The innermost level of `own`'s transaction that the caller stands in, so that an outer `tx` used inside a nested one does not wait for itself. */
  const innermost = (own: Level): Level => {
    const here = openLevel();
    return here && lineage(here).includes(own) ? here : own;
  };

  /** Runs a statement in its turn at the level its caller stands in. */
  const inLevel = async <T>(own: Level, statement: (level: Level) => Promise<T>): Promise<T> => {
    if (!own.isOpen) throw transactionEnded();
    const level = innermost(own);
    return await level.turns.take(async () => {
      if (level.failure) throw level.failure;
      return await guarded(level, () => statement(level));
    });
  };

  const writerOf = (own: Level): Writer =>
    writer({
      run: (statement) => inLevel(own, ({ runner, changes }) => statement(runner.manager, (more) => void changes.push(...more))),
      dialect,
      appendAudit: (event) =>
        inLevel(own, async ({ leaves, firstIndex }) => {
          const leaf = leafOf(event);
          leaves.push(leaf);
          return { index: firstIndex + leaves.length - 1, event, leafHash: leaf.hash };
        }),
    });

  /** Does the work, waits for statements nobody awaited, and refuses what cannot be committed. */
  const work = async <T>(level: Level, body: (tx: Writer) => Promise<T>): Promise<T> => {
    try {
      return await current.run(level, () => body(writerOf(level)));
    } finally {
      level.isOpen = false;
      await level.turns.idle();
    }
  };

  const nested = <T>(parent: Level, body: (tx: Writer) => Promise<T>, isRollback: boolean): Promise<T> =>
    parent.turns.take(async () => {
      if (parent.failure) throw parent.failure;
      const level = levelOf(parent.runner, parent, parent.firstIndex + parent.leaves.length);
      const savepoint = `nested_${level.depth}`;
      const statement = (sql: string) => guarded(parent, () => parent.runner.query(`${sql} ${savepoint}`));
      await statement('SAVEPOINT');
      try {
        const result = await work(level, body);
        if (level.failure) throw level.failure;
        if (isRollback) await statement('ROLLBACK TO SAVEPOINT');
        await statement('RELEASE SAVEPOINT');
        if (!isRollback) adopt(parent, level);
        return result;
      } catch (error) {
        // SQLite ends the whole transaction by itself on a full disk; then this fails and the parent is marked.
        if (!parent.failure)
          await statement('ROLLBACK TO SAVEPOINT').then(
            () => statement('RELEASE SAVEPOINT'),
            () => {},
          );
        throw error;
      }
    });

  const topLevel = <T>(body: (tx: Writer) => Promise<T>, isRollback: boolean): Promise<T> =>
    queue.take(async () => {
      const { runner, frontier } = await begin();
      const level = levelOf(runner, undefined, frontier.size);
      try {
        const result = await work(level, body);
        if (level.failure) throw level.failure;
        if (isRollback) {
          if (dialect.checkNow) await query(runner, dialect.checkNow);
          await rollback(runner);
        } else await commit(level, frontier);
        return result;
      } catch (error) {
        await rollback(runner);
        throw error;
      }
    });

  const begin = async (): Promise<Session> => {
    for (let attempt = 1; ; attempt += 1) {
      let runner: QueryRunner | undefined;
      try {
        runner = await database.writer();
        await runner.query(dialect.begin);
        return { runner, frontier: await currentEdge(runner) };
      } catch (error) {
        // The connection broke while it was idle, or a transaction that could not be ended is still there.
        if (runner) await rollback(runner);
        if (error instanceof EstateError || attempt >= beginAttempts) throw storeFailure(error);
      }
    }
  };

  const currentEdge = async (runner: QueryRunner): Promise<Frontier> => {
    edge ??= await loadFrontier(runner.manager, dialect);
    return edge;
  };

  const commit = async (level: Level, frontier: Frontier): Promise<void> => {
    const { runner, leaves } = level;
    let next = frontier;
    if (leaves.length > 0) {
      try {
        next = await insertLeaves(runner.manager, dialect, frontier, leaves);
      } catch (error) {
        throw auditFailure(error);
      }
    }
    // From here on only the database knows what is committed, until it has said so.
    edge = undefined;
    await query(runner, 'COMMIT');
    edge = next;
    tell({ changes: level.changes, audit: recordsOf(frontier.size, leaves) });
  };

  const query = async (runner: QueryRunner, sql: string): Promise<void> => {
    try {
      await runner.query(sql);
    } catch (error) {
      throw storeFailure(error);
    }
  };

  const rollback = async (runner: QueryRunner): Promise<void> => {
    try {
      await runner.query('ROLLBACK');
    } catch {
      edge = undefined;
      await database.discardWriter();
    }
  };

  const tell = (committed: Committed): void => {
    for (const listener of listeners) {
      try {
        listener(committed);
      } catch (error) {
        log('a commit listener failed', error);
      }
    }
  };

  return {
    write: async (body, { rollback: isRollback = false } = {}) => {
      const parent = openLevel();
      if (parent) return await nested(parent, body, isRollback);
      if (closing) throw storeClosed();
      return await topLevel(body, isRollback);
    },
    appendLeaves: (take) =>
      queue.take(async () => {
        const leaves = take();
        if (leaves.length === 0) return [];
        const { runner, frontier } = await begin();
        const level = levelOf(runner, undefined, frontier.size);
        level.leaves.push(...leaves);
        try {
          await commit(level, frontier);
        } catch (error) {
          await rollback(runner);
          throw error;
        }
        return recordsOf(frontier.size, leaves);
      }),
    admit: (what) => {
      if (closing) throw auditFailure(storeClosed());
      if (openLevel())
        throw new EstateError('INTERNAL', {}, { cause: new Error(`${what} would wait for the transaction it is called in`) });
    },
    onCommit: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      closing ??= queue.idle().then(() => database.close());
      return closing;
    },
  };
}

function levelOf(runner: QueryRunner, parent: Level | undefined, firstIndex: number): Level {
  const depth = parent ? parent.depth + 1 : 0;
  return { runner, parent, depth, turns: turns(), firstIndex, changes: [], leaves: [], isOpen: true, failure: undefined };
}

/** A level and those around it, innermost first. */
function lineage(level: Level): readonly Level[] {
  return level.parent ? [level, ...lineage(level.parent)] : [level];
}

function adopt(parent: Level, { changes, leaves }: Level): void {
  parent.changes.push(...changes);
  parent.leaves.push(...leaves);
}

/** Runs a statement of a level; a refusal of the database marks the level, what we refuse ourselves does not. */
async function guarded<T>(level: Level, statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    const failure = storeFailure(error);
    if (!(error instanceof EstateError)) level.failure = failure;
    throw failure;
  }
}

function recordsOf(firstIndex: number, leaves: readonly Leaf[]): readonly AuditRecord[] {
  return leaves.map(({ event, hash }, position) => ({ index: firstIndex + position, event, leafHash: hash }));
}

function transactionEnded(): EstateError {
  return new EstateError('INTERNAL', {}, { cause: new Error('the transaction has ended') });
}

function storeClosed(): EstateError {
  return new EstateError('STORE_UNAVAILABLE', {}, { cause: new Error('the store is closed') });
}
