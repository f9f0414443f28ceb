/** The audit log of a memory store: leaves on their way in, and the ways to read it. */
import type { AuditEvent } from '../../../src/domain/audit-event.js';
import { leafHash } from '../../../src/domain/audit-log.js';
import { canonicalJson } from '../../../src/domain/canonical-json.js';
import type { JsonValue } from '../../../src/domain/entity.js';
import type { AuditFilter, AuditLog } from '../../../src/store/contract.js';
import type { Content } from './disk.js';

export interface Leaf {
  readonly event: AuditEvent;
  readonly hash: Uint8Array;
}

/** What is kept is what the canonical text says, as in a database. */
export function leafOf(event: AuditEvent): Leaf {
  const body = canonicalJson(event as unknown as JsonValue);
  return { event: JSON.parse(body) as AuditEvent, hash: leafHash(body) };
}

/** `check` is asked before every read. */
export function readableLog(content: Content, check: () => void): Omit<AuditLog, 'append'> {
  const readable = <T>(read: () => T): Promise<T> =>
    (async () => {
      check();
      return read();
    })();
  return {
    size: () => readable(() => content.records.length),
    read: (start, limit) => readable(() => content.records.slice(start, start + limit)),
    list: (filter, { limit, after, ascending = false }) =>
      readable(() => {
        const tests = Object.entries(filter).filter(([, value]) => value !== undefined) as [keyof AuditFilter, never][];
        const all = content.records.filter(({ event }) => tests.every(([name, value]) => filterTests[name](event, value)));
        const ordered = ascending ? all : all.reverse();
        return ordered.filter(({ index }) => after === undefined || (ascending ? index > after : index < after)).slice(0, limit);
      }),
    find: (id) => readable(() => content.recordsById.get(id)),
    node: (level, position) => readable(() => content.nodes.get(`${level}/${position}`)),
  };
}

const filterTests: { readonly [F in keyof AuditFilter]-?: (event: AuditEvent, asked: NonNullable<AuditFilter[F]>) => boolean } = {
  action: ({ action }, asked) => action === asked,
  actionPrefix: ({ action }, asked) => action.startsWith(asked),
  outcome: ({ outcome }, asked) => outcome === asked,
  principalId: ({ initiator }, asked) => initiator.principalId === asked,
  targetId: ({ target }, asked) => target.id === asked,
  vaultIds: ({ target }, asked) => target.vaultId !== null && asked.includes(target.vaultId),
  requestId: ({ requestId }, asked) => requestId === asked,
  from: ({ time }, asked) => time >= asked,
  to: ({ time }, asked) => time <= asked,
};
