/** What is durable: it outlives the process that wrote it, and holds nothing that was not committed. */
import type { AuditRecord } from '../../../src/domain/audit-event.js';
import { appendLeaf, emptyFrontier, type Frontier } from '../../../src/domain/audit-log.js';
import type { Id } from '../../../src/domain/entity.js';
import { EstateError } from '../../../src/domain/errors.js';
import type { Entities, Noun, Store } from '../../../src/store/contract.js';
import { memoryStore } from './memory-store.js';
import { nouns } from './tables.js';

export type Row = Entities[Noun];

/** Committed rows and events. Rows are never changed in place. */
export interface Content {
  readonly rows: ReadonlyMap<Noun, Map<Id, Row>>;
  readonly records: AuditRecord[];
  readonly recordsById: Map<Id, AuditRecord>;
  /** Hashes of complete subtrees by level and position. */
  readonly nodes: Map<string, Uint8Array>;
  frontier: Frontier;
}

export interface MemoryDisk {
  /** @throws EstateError STORE_IN_USE while another store has it open */
  open(): Promise<Store>;
  /** The process that has it open dies: nothing that it still does arrives here, and the disk can be opened again. */
  crash(): void;
  /** A copy of what is durable now. */
  fork(): MemoryDisk;
}

/** The right of one store to its disk; it ends with the process, or when the store is closed. */
export interface Mount {
  readonly content: Content;
  /** @throws EstateError STORE_UNAVAILABLE when the process is dead or the store is closed */
  check(): void;
  release(): void;
}

/** A disk for one store at a time, empty at first. */
export function memoryDisk(content: Content = emptyContent()): MemoryDisk {
  let holder: object | undefined;
  const mount = (): Mount => {
    const self = {};
    holder = self;
    return {
      content,
      check: () => {
        if (holder !== self) throw new EstateError('STORE_UNAVAILABLE', {}, { cause: new Error('the store is closed') });
      },
      release: () => {
        if (holder === self) holder = undefined;
      },
    };
  };
  return {
    open: async () => {
      if (holder) throw new EstateError('STORE_IN_USE');
      return memoryStore(mount());
    },
    crash: () => {
      holder = undefined;
    },
    fork: () => memoryDisk(copyOf(content)),
  };
}

/** Adds an event's hash and the subtrees that it completes. */
export function addLeaf(content: Content, record: AuditRecord): void {
  const { frontier, completed } = appendLeaf(content.frontier, record.leafHash);
  content.frontier = frontier;
  for (const { level, position, hash } of completed) content.nodes.set(`${level}/${position}`, hash);
  content.records.push(record);
  content.recordsById.set(record.event.id, record);
}

function emptyContent(): Content {
  const rows = new Map(nouns.map((noun) => [noun, new Map<Id, Row>()]));
  return { rows, records: [], recordsById: new Map(), nodes: new Map(), frontier: emptyFrontier };
}

/** The content as it is now; what is written later goes into one of the two only. */
export function copyOf(content: Content): Content {
  return {
    rows: new Map([...content.rows].map(([noun, rows]) => [noun, new Map(rows)])),
    records: [...content.records],
    recordsById: new Map(content.recordsById),
    nodes: new Map(content.nodes),
    frontier: content.frontier,
  };
}
