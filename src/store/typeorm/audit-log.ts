import type { AuditRecord } from '../../domain/audit-event.js';
import { EstateError } from '../../domain/errors.js';
import type { AuditLog } from '../contract.js';
import { eventsPerInsert, filterConditions, type Leaf, leafOf, logSize, nodeOf, recordQuery, selectRecords } from './audit-rows.js';
import type { Dialect } from './dialect.js';
import { auditFailure } from './failures.js';
import type { Run } from './reader.js';
import type { Transactions } from './transactions.js';

interface Waiting {
  readonly leaf: Leaf;
  resolve(record: AuditRecord): void;
  reject(error: unknown): void;
}

/** The log over both tables. Events that wait while a flush runs are written together: one commit for up to 256. */
export function auditLog(run: Run, dialect: Dialect, transactions: Transactions): AuditLog {
  return { append: appender(transactions), ...auditReader(run, dialect) };
}

/** The log as far as it is read. */
export function auditReader(run: Run, dialect: Dialect): Omit<AuditLog, 'append'> {
  return {
    size: () => run(logSize),
    read: (start, limit) => {
      const query = recordQuery(dialect);
      query.where(`log_index >= ${query.bind(start)}`);
      return run((manager) => selectRecords(manager, query.end(`ORDER BY log_index LIMIT ${query.bind(limit)}`)));
    },
    list: (filter, { limit, after, ascending = false }) => {
      const query = recordQuery(dialect);
      for (const condition of filterConditions(filter, query.bind, dialect)) query.where(condition);
      if (after !== undefined) query.where(`log_index ${ascending ? '>' : '<'} ${query.bind(after)}`);
      const rest = `ORDER BY log_index ${ascending ? 'ASC' : 'DESC'} LIMIT ${query.bind(limit)}`;
      return run((manager) => selectRecords(manager, query.end(rest)));
    },
    find: async (id) => {
      const query = recordQuery(dialect);
      query.where(`id = ${query.bind(id)}`);
      const [record] = await run((manager) => selectRecords(manager, query.end('')));
      return record;
    },
    node: (level, position) => run((manager) => nodeOf(manager, dialect, level, position)),
  };
}

function appender({ admit, appendLeaves }: Transactions): AuditLog['append'] {
  let waiting: Waiting[] = [];
  const flush = async (): Promise<void> => {
    let batch: readonly Waiting[] = [];
    try {
      const records = await appendLeaves(() => {
        batch = waiting.slice(0, eventsPerInsert);
        waiting = waiting.slice(eventsPerInsert);
        return batch.map(({ leaf }) => leaf);
      });
      for (const [position, record] of records.entries()) batch[position]?.resolve(record);
    } catch (error) {
      await settleAlone(batch, error);
    }
  };
  /** One event that the database refuses (an id twice) must not take its neighbours with it. */
  const settleAlone = async (batch: readonly Waiting[], error: unknown): Promise<void> => {
    const isRepeatable = batch.length > 1 && isRefusal(error);
    for (const { leaf, resolve, reject } of batch) {
      try {
        if (!isRepeatable) throw error;
        const [record] = await appendLeaves(() => [leaf]);
        resolve(record as AuditRecord);
      } catch (failure) {
        reject(auditFailure(failure));
      }
    }
  };
  return async (event) => {
    admit('audit.append', auditFailure);
    const leaf = leafOf(event);
    return await new Promise<AuditRecord>((resolve, reject) => {
      waiting.push({ leaf, resolve, reject });
      // The first of these turns writes what waits by then; the others find nothing left to do.
      void flush();
    });
  };
}

/** Whether the database refused a row, rather than failed: then nothing was written, for certain. */
function isRefusal(error: unknown): boolean {
  const cause = error instanceof EstateError ? error.cause : undefined;
  return cause instanceof EstateError && cause.code !== 'STORE_UNAVAILABLE';
}
