import { z } from 'zod';
import type { AuditRecord } from '../../domain/audit-event.js';
import { auditOutcomes } from '../../domain/audit-event.js';
import { everywhere } from '../everywhere.js';
import { given } from '../given.js';
import { read } from '../operation.js';
import { anyOf, id, logPosition, timestamp } from '../rules.js';
import { visibleVaultIds } from '../visible.js';

/** What auditors search the log by. */
export const auditFilter = z.strictObject({
  action: z.string().min(1).max(100).optional(),
  /** Beginning of the action: `managed-key.`. */
  actionPrefix: z.string().min(1).max(100).optional(),
  outcome: z.enum(auditOutcomes).optional(),
  principalId: z.string().min(1).max(100).optional(),
  targetId: z.string().min(1).max(100).optional(),
  vaultIds: anyOf(id),
  requestId: z.string().min(1).max(200).optional(),
  from: timestamp.optional(),
  to: timestamp.optional(),
});

export interface AuditPage {
  readonly items: readonly AuditRecord[];
  readonly hasNext: boolean;
}

/**
 * Audit events, newest first unless `ascending`, a page at a time; `after` is the index of the last one seen.
 * Whoever may read the log of some vaults only sees what happened in those.
 */
export const auditEvents = read({
  name: 'auditEvents',
  action: 'audit.list',
  input: z.strictObject({
    filter: auditFilter.default({}),
    first: z.int().min(1).max(500).default(50),
    after: logPosition.optional(),
    ascending: z.boolean().default(false),
  }),
  place: everywhere('audit-log'),
  read: async ({ estate, access }, { filter, first, after, ascending }): Promise<AuditPage> => {
    const { vaultIds: asked, ...rest } = filter;
    const vaultIds = visibleVaultIds(access, 'auditEvents', asked);
    const where = { ...given(rest), ...(vaultIds === undefined ? {} : { vaultIds }) };
    const page = { limit: first + 1, ascending, ...(after === undefined ? {} : { after }) };
    const found = await estate.store.audit.list(where, page);
    return { items: found.slice(0, first), hasNext: found.length > first };
  },
});
