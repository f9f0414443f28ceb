/**
 * The single writer. Every transaction waits in one queue, since TypeORM would let two of them share a connection and
 * lose acknowledged rows; those that wait together are committed together. A nested `write` joins the one around it as a
 * savepoint: when it fails and its caller goes on, nothing of it remains. A statement that the database refused ends its
 * transaction (or nested one) on both databases alike: later statements and the commit fail with the same error.
 */
import type { AuditRecord } from '../../domain/audit-event.js';
import { EstateError } from '../../domain/errors.js';
import type { Store, StoreObserver } from '../contract.js';
import type { Leaf } from './audit-rows.js';
import { commitListeners } from './commit-listeners.js';
import type { Database } from './database.js';
import { deletedBlobs } from './deleted-blobs.js';
import { misuse } from './failures.js';
import { groupCommit, type Sharing } from './group-commit.js';
import { appendLeaf, guarded, outermostLevel } from './level.js';
import { type Levels, levels, type Work } from './levels.js';
import { observedSessions, observedTurns, unobserved } from './observed.js';
import type { ReadCache } from './read-cache.js';
import { sessions } from './session.js';
import { turns } from './turns.js';

export interface Transactions extends Pick<Store, 'write' | 'onCommit' | 'close'> {
  /** Appends an event on its own; resolves when it is durable. */
  append(leaf: Leaf): Promise<AuditRecord>;
  /** Refuses what is asked of a closed store, or would wait for the transaction it is asked in. */
  admit(what: string, asFailure?: (closed: EstateError) => EstateError): void;
}

export function transactions(
  database: Database,
  cache: ReadCache,
  log: (message: string, cause: unknown) => void,
  observer: StoreObserver = unobserved,
): Transactions {
  const queue = observedTurns(turns(), observer);
  const { current, run, nest, share } = levels(database, cache);
  const shared: Readonly<Record<Sharing, Levels['share']>> = { ALONE: run, BARE: share, APART: (level, work) => nest(level, work, false) };
  const own = observedSessions(sessions(database), observer);
  const { onCommit, tell } = commitListeners(log);
  const deleted = deletedBlobs(database, queue, log);
  const join = groupCommit({ queue, sessions: own, cache, tell, afterwards: deleted.drop });
  let closing: Promise<void> | undefined;

  /** A dry run has a transaction to itself: what waits for its end is checked, and nothing is committed. */
  const tryOut = <T>(work: Work<T>): Promise<T> =>
    queue.take(async () => {
      const session = await own.begin();
      try {
        const level = outermostLevel(session.runner, session.frontier.size);
        const result = await run(level, work);
        const { checkNow } = database.dialect;
        if (checkNow) await guarded(level, () => level.runner.query(checkNow));
        return result;
      } finally {
        await own.rollback(session);
      }
    });

  return {
    write: async (work, { rollback: isRollback = false } = {}) => {
      const parent = current();
      if (parent) return await nest(parent, work, isRollback);
      if (closing) throw storeClosed();
      if (isRollback) return await tryOut(work);
      return await join('WRITE', (level, sharing) => shared[sharing](level, work));
    },
    append: (leaf) => join('EVENT', async (level) => appendLeaf(level, leaf)),
    admit: (what, asFailure = (closed) => closed) => {
      if (closing) throw asFailure(storeClosed());
      if (current()) throw misuse(`${what} would wait for the transaction it is called in`);
    },
    onCommit,
    close: () => {
      deleted.stop();
      closing ??= queue.idle().then(() => database.close());
      return closing;
    },
  };
}

function storeClosed(): EstateError {
  return new EstateError('STORE_UNAVAILABLE', {}, { cause: new Error('the store is closed') });
}
