/**
 * The single writer. Every transaction waits in one queue, since TypeORM would let two of them share a connection and
 * lose acknowledged rows. A nested `write` joins the one around it as a savepoint: when it fails and its caller goes
 * on, nothing of it remains. A statement that the database refused ends its transaction (or nested one) on both
 * databases alike: later statements and the commit fail with the same error.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AuditRecord } from '../../domain/audit-event.js';
import { EstateError } from '../../domain/errors.js';
import type { Store, Writer } from '../contract.js';
import { type Leaf, leafOf } from './audit-rows.js';
import { commitListeners } from './commit-listeners.js';
import type { Database } from './database.js';
import { deletedBlobs } from './deleted-blobs.js';
import { adopt, guarded, isWithin, type Level, nestedLevel, outermostLevel } from './level.js';
import { sessions } from './session.js';
import { turns } from './turns.js';
import { writer } from './writer.js';

export interface Transactions extends Pick<Store, 'write' | 'onCommit' | 'close'> {
  /** A transaction of its own for the leaves that are there when its turn has come. */
  appendLeaves(take: () => readonly Leaf[]): Promise<readonly AuditRecord[]>;
  /** Refuses what is asked of a closed store, or would wait for the transaction it is asked in. */
  admit(what: string, asFailure?: (closed: EstateError) => EstateError): void;
}

type Work<T> = (tx: Writer) => Promise<T>;

export function transactions(database: Database, log: (message: string, cause: unknown) => void): Transactions {
  const queue = turns();
  const levels = levelWork(database);
  const { begin, commit, rollback } = sessions(database);
  const { onCommit, tell } = commitListeners(log);
  const deleted = deletedBlobs(database, queue, log);
  let closing: Promise<void> | undefined;

  const outermost = <T>(work: Work<T>, isRollback: boolean): Promise<T> =>
    queue.take(async () => {
      const session = await begin();
      const level = outermostLevel(session.runner, session.frontier.size);
      let result: T;
      try {
        result = await levels.run(level, work);
        if (isRollback) {
          await checkNow(level);
          await rollback(session);
        } else tell({ changes: level.changes, audit: await commit(session, level.leaves) });
      } catch (error) {
        await rollback(session);
        throw error;
      }
      if (!isRollback) await deleted.drop(level.changes);
      return result;
    });

  const checkNow = async (level: Level): Promise<void> => {
    const { checkNow: check } = database.dialect;
    if (check) await guarded(level, () => level.runner.query(check));
  };

  return {
    write: async (work, { rollback: isRollback = false } = {}) => {
      const parent = levels.current();
      if (parent) return await levels.nest(parent, work, isRollback);
      if (closing) throw storeClosed();
      return await outermost(work, isRollback);
    },
    appendLeaves: (take) =>
      queue.take(async () => {
        const leaves = take();
        if (leaves.length === 0) return [];
        const session = await begin();
        try {
          const audit = await commit(session, leaves);
          tell({ changes: [], audit });
          return audit;
        } catch (error) {
          await rollback(session);
          throw error;
        }
      }),
    admit: (what, asFailure = (closed) => closed) => {
      if (closing) throw asFailure(storeClosed());
      if (levels.current()) throw misuse(`${what} would wait for the transaction it is called in`);
    },
    onCommit,
    close: () => {
      deleted.stop();
      closing ??= queue.idle().then(() => database.close());
      return closing;
    },
  };
}

/** Work inside of transactions: which level a statement belongs to, and levels within levels. */
function levelWork({ dialect }: Database) {
  const standing = new AsyncLocalStorage<Level>();

  /** The level the caller stands in, while it is open. */
  const current = (): Level | undefined => {
    const level = standing.getStore();
    return level?.isOpen ? level : undefined;
  };

  /** Runs a statement in its turn. An outer `tx` used inside a nested write counts as the nested one: it would wait for itself. */
  const inLevel = async <T>(own: Level, statement: (level: Level) => Promise<T>): Promise<T> => {
    if (!own.isOpen) throw misuse('the transaction has ended');
    const here = current();
    const level = here && isWithin(here, own) ? here : own;
    return await level.turns.take(() => guarded(level, () => statement(level)));
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

  /** Does the work and waits for statements nobody awaited. */
  const run = async <T>(level: Level, work: Work<T>): Promise<T> => {
    try {
      return await standing.run(level, () => work(writerOf(level)));
    } finally {
      level.isOpen = false;
      await level.turns.idle();
    }
  };

  /** Refuses what cannot be committed although the work itself went on. */
  const runWhole = async <T>(level: Level, work: Work<T>): Promise<T> => {
    const result = await run(level, work);
    if (level.failure) throw level.failure;
    return result;
  };

  const nest = <T>(parent: Level, work: Work<T>, isRollback: boolean): Promise<T> =>
    parent.turns.take(async () => {
      const level = nestedLevel(parent);
      const savepoint = (verb: string) => guarded(parent, () => parent.runner.query(`${verb} nested_${level.depth}`));
      await savepoint('SAVEPOINT');
      try {
        const result = await runWhole(level, work);
        if (isRollback) await savepoint('ROLLBACK TO SAVEPOINT');
        await savepoint('RELEASE SAVEPOINT');
        if (!isRollback) adopt(parent, level);
        return result;
      } catch (error) {
        // SQLite ends the whole transaction by itself on a full disk; then this fails and marks the parent.
        await savepoint('ROLLBACK TO SAVEPOINT')
          .then(() => savepoint('RELEASE SAVEPOINT'))
          .catch(() => {});
        throw error;
      }
    });

  return { current, run: runWhole, nest };
}

function misuse(what: string): EstateError {
  return new EstateError('INTERNAL', {}, { cause: new Error(what) });
}

function storeClosed(): EstateError {
  return new EstateError('STORE_UNAVAILABLE', {}, { cause: new Error('the store is closed') });
}
