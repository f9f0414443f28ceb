/** One moment of the database, read over a connection of its own. */
import { EstateError } from '../../domain/errors.js';
import type { Store } from '../contract.js';
import { auditReader } from './audit-log.js';
import type { Database } from './database.js';
import { storeFailure } from './failures.js';
import { type Run, reader } from './reader.js';
import type { Transactions } from './transactions.js';
import { turns } from './turns.js';

/** Statements of one snapshot wait for each other: they share a connection. */
export function snapshots({ snapshot, dialect }: Database, { admit }: Pick<Transactions, 'admit'>): Store['snapshot'] {
  return async (work) => {
    admit('snapshot');
    const { runner, release } = await snapshot();
    const queue = turns();
    let isOpen = true;
    const run: Run = (statement) =>
      queue.take(async () => {
        if (!isOpen) throw new EstateError('INTERNAL', {}, { cause: new Error('the snapshot has ended') });
        try {
          return await statement(runner.manager);
        } catch (error) {
          throw storeFailure(error);
        }
      });
    try {
      return await work({ read: reader(run, dialect), audit: auditReader(run, dialect) });
    } finally {
      isOpen = false;
      await queue.idle();
      await release();
    }
  };
}
