/** The writing connection's transactions: how they begin and end, and what is known of the audit log meanwhile. */
import type { QueryRunner } from 'typeorm';
import type { AuditRecord } from '../../domain/audit-event.js';
import type { Frontier } from '../../domain/audit-log.js';
import { EstateError } from '../../domain/errors.js';
import { insertLeaves, type Leaf, loadFrontier } from './audit-rows.js';
import type { Database } from './database.js';
import { auditFailure, storeFailure } from './failures.js';

/** An open transaction, and the log's right edge when it began. */
export interface Session {
  readonly runner: QueryRunner;
  readonly frontier: Frontier;
}

/** Only the write queue may use these, one session at a time. */
export interface Sessions {
  begin(): Promise<Session>;
  /** Appends the leaves and commits; answers their records. The transaction is still open when this throws. */
  commit(session: Session, leaves: readonly Leaf[]): Promise<readonly AuditRecord[]>;
  /** Never throws. */
  rollback(session: Pick<Session, 'runner'>): Promise<void>;
}

/** More than the pool can hold of connections that all broke. */
const beginAttempts = 4;

export function sessions(database: Database): Sessions {
  const { dialect } = database;
  /** The log's right edge as committed; unknown at first, and after a commit of unknown outcome. */
  let edge: Frontier | undefined;
  let edgeTerm: number | undefined;

  const rollback: Sessions['rollback'] = async ({ runner }) => {
    try {
      await runner.query('ROLLBACK');
    } catch {
      edge = undefined;
      await database.discardWriter();
    }
  };

  const begin = async (attempt = 1): Promise<Session> => {
    let runner: QueryRunner | undefined;
    try {
      runner = await database.writer();
      await runner.query(dialect.begin);
      const term = database.term();
      if (term !== edgeTerm) edge = undefined;
      edgeTerm = term;
      edge ??= await loadFrontier(runner.manager, dialect);
      return { runner, frontier: edge };
    } catch (error) {
      // The connection broke while it was idle, or a transaction that could not be ended is still there.
      if (runner) await rollback({ runner });
      if (error instanceof EstateError || attempt >= beginAttempts) throw storeFailure(error);
      return await begin(attempt + 1);
    }
  };

  const commit: Sessions['commit'] = async ({ runner, frontier }, leaves) => {
    const next = leaves.length === 0 ? frontier : await insertLeaves(runner.manager, dialect, frontier, leaves).catch(throwAuditFailure);
    // From here on only the database knows what is committed, until it has said so.
    edge = undefined;
    await runner.query('COMMIT').catch(throwStoreFailure);
    edge = next;
    return leaves.map(({ event, hash }, position) => ({ index: frontier.size + position, event, leafHash: hash }));
  };

  return { begin: () => begin(), commit, rollback };
}

function throwAuditFailure(error: unknown): never {
  throw auditFailure(error);
}

function throwStoreFailure(error: unknown): never {
  throw storeFailure(error);
}
