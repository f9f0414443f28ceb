/** The audit log's tables in raw SQL: an entity manager costs more per event than all the rest together. */
import type { EntityManager } from 'typeorm';
import type { AuditEvent, AuditRecord } from '../../domain/audit-event.js';
import { appendLeaf, type Frontier, frontierOf, leafHash, type TreeNode } from '../../domain/audit-log.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { JsonValue } from '../../domain/entity.js';
import type { AuditFilter } from '../contract.js';
import type { Dialect } from './dialect.js';

/** An event ready for its place: what is stored and hashed is exactly this text. */
export interface Leaf {
  readonly event: AuditEvent;
  readonly body: string;
  readonly hash: Uint8Array;
}

/** @throws EstateError INPUT_INVALID when the event is not plain JSON. */
export function leafOf(event: AuditEvent): Leaf {
  const body = canonicalJson(event as unknown as JsonValue);
  return { event, body, hash: leafHash(body) };
}

/** Events in one INSERT. */
const eventsPerInsert = 256;

/** Writes leaves at the right edge and the subtrees they complete; answers the new edge. */
export async function insertLeaves(manager: EntityManager, dialect: Dialect, edge: Frontier, leaves: readonly Leaf[]): Promise<Frontier> {
  let frontier = edge;
  const nodes: TreeNode[] = [];
  for (const { hash } of leaves) {
    const { frontier: next, completed } = appendLeaf(frontier, hash);
    frontier = next;
    // Leaves are kept with their events.
    for (const node of completed) if (node.level > 0) nodes.push(node);
  }
  const rows = leaves.map((leaf, position) => eventRow(edge.size + position, leaf));
  for (let start = 0; start < rows.length; start += eventsPerInsert) {
    await insertRows(manager, dialect, eventInsert, rows.slice(start, start + eventsPerInsert));
  }
  for (let start = 0; start < nodes.length; start += eventsPerInsert) {
    const chunk = nodes.slice(start, start + eventsPerInsert);
    await insertRows(
      manager,
      dialect,
      nodeInsert,
      chunk.map(({ level, position, hash }) => [level, position, Buffer.from(hash)]),
    );
  }
  return frontier;
}

const eventInsert =
  'INSERT INTO audit_event (log_index, id, time, action, outcome, principal_id, target_id, vault_id, request_id, leaf_hash, body) VALUES ';
const nodeInsert = 'INSERT INTO audit_node (level, position, hash) VALUES ';

function eventRow(index: number, { event, body, hash }: Leaf): readonly unknown[] {
  const { id, time, action, outcome, initiator, target, requestId } = event;
  return [index, id, time, action, outcome, initiator.principalId, target.id, target.vaultId, requestId, Buffer.from(hash), body];
}

async function insertRows(manager: EntityManager, dialect: Dialect, insert: string, rows: readonly (readonly unknown[])[]): Promise<void> {
  let position = 0;
  const tuples = rows.map((row) => `(${row.map(() => dialect.placeholder(++position)).join(',')})`);
  await manager.query(insert + tuples.join(','), rows.flat());
}

interface EventRow {
  readonly log_index: number | string;
  readonly leaf_hash: Buffer;
  readonly body: string;
}

function recordOf({ log_index, leaf_hash, body }: EventRow): AuditRecord {
  return { index: Number(log_index), event: JSON.parse(body) as AuditEvent, leafHash: new Uint8Array(leaf_hash) };
}

/** What a query for records says after FROM, with its parameters. */
export interface RecordQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export async function selectRecords(manager: EntityManager, { sql, parameters }: RecordQuery): Promise<readonly AuditRecord[]> {
  const rows: EventRow[] = await manager.query(`SELECT log_index, leaf_hash, body FROM audit_event ${sql}`, [...parameters]);
  return rows.map(recordOf);
}

/** Collects conditions and their parameters in the order of their placeholders. */
export function recordQuery(dialect: Dialect) {
  const parameters: unknown[] = [];
  const terms: string[] = [];
  const bind = (value: unknown): string => dialect.placeholder(parameters.push(value));
  return {
    bind,
    where: (term: string) => void terms.push(term),
    end: (rest: string): RecordQuery => ({ sql: `${terms.length > 0 ? `WHERE ${terms.join(' AND ')} ` : ''}${rest}`, parameters }),
  };
}

type Bind = (value: unknown) => string;

/** One row per filter: its condition. */
const filterTerms: { readonly [F in keyof AuditFilter]-?: (value: NonNullable<AuditFilter[F]>, bind: Bind, dialect: Dialect) => string } = {
  action: (value, bind) => `action = ${bind(value)}`,
  // A range, so that the index serves it: U+10FFFF sorts after every character.
  actionPrefix: (value, bind) => `action >= ${bind(value)} AND action < ${bind(`${value}\u{10ffff}`)}`,
  outcome: (value, bind) => `outcome = ${bind(value)}`,
  principalId: (value, bind) => `principal_id = ${bind(value)}`,
  targetId: (value, bind) => `target_id = ${bind(value)}`,
  vaultIds: (value, bind, dialect) => dialect.isIn('vault_id', bind(dialect.listParameter(value))),
  requestId: (value, bind) => `request_id = ${bind(value)}`,
  from: (value, bind) => `time >= ${bind(value)}`,
  to: (value, bind) => `time <= ${bind(value)}`,
};

/** Conditions of a filter; absent members ask nothing. */
export function filterConditions(filter: AuditFilter, bind: Bind, dialect: Dialect): readonly string[] {
  return Object.entries(filter).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const term = filterTerms[name as keyof AuditFilter] as (value: unknown, bind: Bind, dialect: Dialect) => string;
    return term(value, bind, dialect);
  });
}

/** Number of events in the tables. */
export async function logSize(manager: EntityManager): Promise<number> {
  const rows: { size: number | string | null }[] = await manager.query('SELECT max(log_index) + 1 AS size FROM audit_event');
  return Number(rows[0]?.size ?? 0);
}

/** The hash of a complete subtree; level 0 are the events' own. */
export async function nodeOf(manager: EntityManager, dialect: Dialect, level: number, position: number): Promise<Uint8Array | undefined> {
  const [first, second] = [dialect.placeholder(1), dialect.placeholder(2)];
  const rows: { hash: Buffer }[] =
    level === 0
      ? await manager.query(`SELECT leaf_hash AS hash FROM audit_event WHERE log_index = ${first}`, [position])
      : await manager.query(`SELECT hash FROM audit_node WHERE level = ${first} AND position = ${second}`, [level, position]);
  return rows[0] && new Uint8Array(rows[0].hash);
}

/** The right edge as the tables have it. */
export async function loadFrontier(manager: EntityManager, dialect: Dialect): Promise<Frontier> {
  return await frontierOf(await logSize(manager), (level, position) => nodeOf(manager, dialect, level, position));
}
