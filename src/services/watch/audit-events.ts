import { z } from 'zod';
import type { AuditRecord } from '../../domain/audit-event.js';
import { actionsFor } from '../../domain/permissions.js';
import type { Committed } from '../../store/contract.js';
import type { Access } from '../access.js';
import { auditFilter } from '../audit/events.js';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';
import { touchesRights, watchRights } from './rights.js';
import { subscription } from './subscription.js';

const filterInput = auditFilter.omit({ from: true, to: true });
type Filter = z.output<typeof filterInput>;

/** Audit events as they become durable, from now on; the caller sees what `auditEvents` would show. */
export const auditEventAdded = read({
  name: 'auditEventAdded',
  action: 'audit.watch',
  input: z.strictObject({ filter: filterInput.default({}) }),
  place: everywhere('audit-log'),
  read: async (context, { filter }): Promise<AsyncIterableIterator<AuditRecord>> => {
    const rights = watchRights(context, 'auditEventAdded');
    return subscription<Committed, AuditRecord>({
      open: (sink) =>
        context.estate.store.onCommit((committed) => {
          if (committed.audit.length > 0 || touchesRights(committed)) sink.push(committed);
        }),
      expand: async (committed) => {
        const access = await rights.after(committed);
        return committed.audit.filter((record) => isVisible(record, access) && matches(record, filter));
      },
    });
  },
});

function isVisible({ event }: AuditRecord, access: Access): boolean {
  return access.allows(actionsFor('auditEventAdded'), { vaultId: event.target.vaultId });
}

function matches({ event }: AuditRecord, filter: Filter): boolean {
  const { target, initiator } = event;
  return (
    (filter.action === undefined || event.action === filter.action) &&
    (filter.actionPrefix === undefined || event.action.startsWith(filter.actionPrefix)) &&
    (filter.outcome === undefined || event.outcome === filter.outcome) &&
    (filter.principalId === undefined || initiator.principalId === filter.principalId) &&
    (filter.targetId === undefined || target.id === filter.targetId) &&
    (filter.requestId === undefined || event.requestId === filter.requestId) &&
    (filter.vaultIds === undefined || (target.vaultId !== null && filter.vaultIds.includes(target.vaultId)))
  );
}
