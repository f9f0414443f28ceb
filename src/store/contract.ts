/**
 * What every store must do: keep entities and the audit log, all or nothing, durable before a promise resolves.
 *
 * Reads outside a transaction see committed data only. Writes happen inside `write`, one at a time; a nested `write`
 * joins the one around it. Failures are EstateError STALE_VERSION, ALREADY_EXISTS, CURSOR_INVALID, STORE_UNAVAILABLE,
 * AUDIT_UNAVAILABLE; INTERNAL is a caller's mistake (a `tx` after its end, an undefined condition, a child without parent).
 */
import type { AuditEvent, AuditOutcome, AuditRecord } from '../domain/audit-event.js';
import type { ClientToken, SystemSetting } from '../domain/bookkeeping.js';
import type { DestroyedKey } from '../domain/destroyed-key.js';
import type { Id, Timestamp } from '../domain/entity.js';
import type { ExpiryNotice } from '../domain/expiry.js';
import type { KeyBlob } from '../domain/key-blob.js';
import type { Keystore } from '../domain/keystore.js';
import type { KeyRing, KmsKey, KmsKeyVersion } from '../domain/kms.js';
import type { ImportKey, InstanceVersion, KeyInstance, KeyVersion, ManagedKey } from '../domain/managed-key.js';
import type { ApiKey, Principal, Role, RoleBinding } from '../domain/principal.js';
import type { KeyTemplate } from '../domain/template.js';
import type { Vault } from '../domain/vault.js';

/** Every kind of entity the store keeps, by name. */
export interface Entities {
  vault: Vault;
  keystore: Keystore;
  keyTemplate: KeyTemplate;
  managedKey: ManagedKey;
  keyVersion: KeyVersion;
  keyInstance: KeyInstance;
  instanceVersion: InstanceVersion;
  importKey: ImportKey;
  keyBlob: KeyBlob;
  destroyedKey: DestroyedKey;
  keyRing: KeyRing;
  kmsKey: KmsKey;
  kmsKeyVersion: KmsKeyVersion;
  principal: Principal;
  apiKey: ApiKey;
  role: Role;
  roleBinding: RoleBinding;
  clientToken: ClientToken;
  systemSetting: SystemSetting;
  expiryNotice: ExpiryNotice;
}
export type Noun = keyof Entities;

/** A condition on one field; several in one object must all hold. Null is a value: `ne: 'A'` and `notIn: ['A']` hold of it. */
export interface Condition {
  readonly eq?: unknown;
  readonly ne?: unknown;
  readonly in?: readonly unknown[];
  readonly notIn?: readonly unknown[];
  readonly gte?: unknown;
  readonly lte?: unknown;
  readonly gt?: unknown;
  readonly lt?: unknown;
  /** Text, without regard to case. */
  readonly startsWith?: string;
  /** Text, without regard to case. */
  readonly contains?: string;
  /** For fields that are lists of text: the list holds this item. */
  readonly has?: string;
  /** The value is among a field of other entities. */
  readonly within?: Selection;
}

/** The values of one field of the entities that match. */
export interface Selection {
  readonly noun: Noun;
  readonly field: string;
  readonly where: Where<Entities[Noun]>;
}

/** Conditions by field name, all of which must hold; `any` holds when one of its members does. */
export type Where<T> = { readonly [F in keyof T]?: Condition } & { readonly any?: readonly Where<T>[] };

export interface SortKey<T> {
  readonly field: keyof T & string;
  readonly descending?: boolean;
}

export interface PageQuery<T> {
  readonly where?: Where<T>;
  /** The id always breaks ties. Sort fields must be scalar and are compared as stored, text by its bytes; null is lowest. */
  readonly sort?: readonly SortKey<T>[];
  /** 1 to 500. */
  readonly limit: number;
  /** Cursor of the item after which (forward) or before which (backward) the page lies. */
  readonly cursor?: string;
  readonly backward?: boolean;
}

export interface Page<T> {
  /** In the order of `sort`, also for backward pages. */
  readonly items: readonly { readonly cursor: string; readonly entity: T }[];
  /** Going forward with a cursor there is a page before, and going backward one after: the cursor's item was there. */
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

export interface Reader {
  get<N extends Noun>(noun: N, id: Id): Promise<Entities[N] | undefined>;
  /** In the order of the ids; absent ones are left out. */
  getMany<N extends Noun>(noun: N, ids: readonly Id[]): Promise<readonly Entities[N][]>;
  /** All that match, up to `limit` (default 10,000), by id. */
  find<N extends Noun>(noun: N, where: Where<Entities[N]>, limit?: number): Promise<readonly Entities[N][]>;
  page<N extends Noun>(noun: N, query: PageQuery<Entities[N]>): Promise<Page<Entities[N]>>;
  count<N extends Noun>(noun: N, where: Where<Entities[N]>): Promise<number>;
  /** Number of matching entities by the value of one field; null counts under the empty text. */
  countBy<N extends Noun>(noun: N, field: keyof Entities[N] & string, where: Where<Entities[N]>): Promise<ReadonlyMap<string, number>>;
}

export interface Writer extends Reader {
  /** The entity comes with revision 1. */
  insert<N extends Noun>(noun: N, entity: Entities[N]): Promise<void>;
  insertMany<N extends Noun>(noun: N, entities: readonly Entities[N][]): Promise<void>;
  /**
   * Writes the entity if the stored revision is still `entity.revision`, and answers it with the next revision. All
   * fields are written: read the entity in the same transaction, or newer observations are overwritten.
   */
  update<N extends Noun>(noun: N, entity: Entities[N]): Promise<Entities[N]>;
  /** Writes some fields without regard to the revision, and without raising it: for observations only. */
  observe<N extends Noun>(noun: N, id: Id, fields: Partial<Entities[N]>): Promise<void>;
  delete(noun: Noun, id: Id): Promise<void>;
  deleteWhere<N extends Noun>(noun: N, where: Where<Entities[N]>): Promise<number>;
  /** Appends to the audit log within this transaction. */
  appendAudit(event: AuditEvent): Promise<AuditRecord>;
}

/** What a commit changed, told after it is durable, in commit order. */
export interface Change {
  readonly noun: Noun;
  readonly id: Id;
  readonly kind: 'INSERT' | 'UPDATE' | 'OBSERVE' | 'DELETE';
}

export interface Committed {
  readonly changes: readonly Change[];
  readonly audit: readonly AuditRecord[];
}

export interface AuditFilter {
  readonly action?: string;
  /** Matches `managed-key.` and the like. */
  readonly actionPrefix?: string;
  readonly outcome?: AuditOutcome;
  readonly principalId?: string;
  readonly targetId?: string;
  readonly vaultIds?: readonly string[];
  readonly requestId?: string;
  /** Both ends belong to the range. */
  readonly from?: Timestamp;
  readonly to?: Timestamp;
}

/** The append-only log. One appender at a time; a sequencer can take this place for several servers. */
export interface AuditLog {
  /** Resolves when the event is durable; many waiting events share one flush. Not inside `write`. Throws AUDIT_UNAVAILABLE. */
  append(event: AuditEvent): Promise<AuditRecord>;
  /** Number of durable events. */
  size(): Promise<number>;
  /** Records from `start` (an index) on. */
  read(start: number, limit: number): Promise<readonly AuditRecord[]>;
  /** Newest first unless `ascending`; `after` is an index. */
  list(
    filter: AuditFilter,
    page: { readonly limit: number; readonly after?: number; readonly ascending?: boolean },
  ): Promise<readonly AuditRecord[]>;
  find(id: Id): Promise<AuditRecord | undefined>;
  /** Hash of a complete subtree: `level` 0 are the leaves, `position` counts from the left. */
  node(level: number, position: number): Promise<Uint8Array | undefined>;
}

/** The estate and its audit log as they were at one moment, however much is written meanwhile. */
export interface Snapshot {
  readonly read: Reader;
  readonly audit: Omit<AuditLog, 'append'>;
}

/** Told of the store's own work as it happens. Must be quick and must not throw. */
export interface StoreObserver {
  /** So many writes wait for their turn now. */
  queued(waiting: number): void;
  /** The turn of a write came after so long. */
  waited(seconds: number): void;
  /** So many audit events became durable together, and how long that took. */
  flushed(events: number, seconds: number): void;
}

export interface Store {
  readonly read: Reader;
  /**
   * Runs the work in one transaction. With `rollback` the work is done and checked and then taken back (a dry run).
   * When the work throws, nothing of it remains; a nested write that throws may be caught and the outer one goes on.
   * A row that the database refuses (ALREADY_EXISTS) ends its write, nested or not, even when that error is caught.
   * Writes that wait at the same time may share a commit: none of them is answered before it, and when the database
   * refuses what it finds only then (a child without parent), the work of each is done again by itself.
   */
  write<T>(work: (tx: Writer) => Promise<T>, options?: { readonly rollback?: boolean }): Promise<T>;
  /**
   * Reads one moment to its end: everything that was committed before, nothing of what comes after. Writers do not wait
   * for it. A snapshot used after the work has ended throws; not inside `write`.
   */
  snapshot<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T>;
  readonly audit: AuditLog;
  onCommit(listener: (committed: Committed) => void): () => void;
  /** Answers when a trivial read works. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
