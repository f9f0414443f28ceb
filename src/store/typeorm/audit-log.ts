import type { AuditLog } from '../contract.js';
import { filterConditions, leafOf, logSize, nodeOf, recordQuery, selectRecords } from './audit-rows.js';
import type { Dialect } from './dialect.js';
import { auditFailure } from './failures.js';
import type { Run } from './reader.js';
import type { Transactions } from './transactions.js';

/** The log over both tables. */
export function auditLog(run: Run, dialect: Dialect, { admit, append }: Transactions): AuditLog {
  return {
    append: async (event) => {
      admit('audit.append', auditFailure);
      return await append(leafOf(event)).catch((error: unknown) => {
        throw auditFailure(error);
      });
    },
    ...auditReader(run, dialect),
  };
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
