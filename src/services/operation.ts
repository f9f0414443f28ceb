/**
 * What an operation is. One file per operation defines one; `perform` runs it: check the input, find the place,
 * authorise, prepare, commit with the audit event (or use and audit), answer.
 */
import type { z } from 'zod';
import type { Id, JsonObject, Timestamp } from '../domain/entity.js';
import type { ErrorCode } from '../domain/errors.js';
import type { KeyState } from '../domain/key-state.js';
import type { Writer } from '../store/contract.js';
import type { Access } from './access.js';
import type { Call } from './call.js';
import type { Estate } from './estate.js';

/** What is at hand while an operation runs. */
export interface Context {
  readonly estate: Estate;
  readonly call: Call;
  readonly access: Access;
  readonly now: Timestamp;
}

/** What the audit log says an operation was about. */
export interface AuditTarget {
  readonly kind: string;
  readonly id: Id | null;
  readonly name: string | null;
  readonly vaultId: Id | null;
}

/** From the instance down; a binding on any member holds. */
export interface ScopeChain {
  readonly vaultId?: Id | null;
  readonly ringId?: Id | null;
  readonly keyId?: Id | null;
  /** Lists: allowed when the action is held anywhere; the operation shows only what `access` admits. */
  readonly anywhere?: boolean;
}

/** Where an operation happens: what is authorised, and the entities that were found on the way. */
export interface Place<Subject> {
  readonly subject: Subject;
  readonly scope: ScopeChain;
  /** State of the key concerned, when the permission depends on it. */
  readonly state?: KeyState;
  readonly target: AuditTarget;
  /** Revision of the entity that the input's `revision` speaks of. */
  readonly revision?: number;
}

/** The place of a subject of several parts with scopes of their own. */
export interface PartedPlace<Subject> extends Place<Subject> {
  /** Where the scope as a whole does not admit the caller: the subject with those parts only on which the right is held. */
  narrowed(allows: (scope: ScopeChain) => boolean): Subject | undefined;
}

interface OperationBase<Input, Subject> {
  /** The GraphQL field: `createManagedKey`. */
  readonly name: string;
  /** The audit action: `managed-key.create`. */
  readonly action: string;
  readonly input: z.ZodType<Input>;
  /** Dotted paths (`*` matches one step) of input values that are secret: they appear only as keyed hashes. */
  readonly secretPaths?: (estate: Estate, input: NoInfer<Input>) => readonly string[];
  /** Finds what the input speaks of; `undefined` when there is no such thing. Must not tell the caller anything. */
  place(context: Context, input: NoInfer<Input>): Promise<Place<Subject> | PartedPlace<Subject> | undefined>;
  /** The error code when `place` finds nothing and the caller may know it. */
  readonly missing?: ErrorCode;
}

/** Changes the estate. */
export interface ChangeOperation<Input, Subject, Prepared, Output> extends OperationBase<Input, Subject> {
  readonly effect: 'CHANGE';
  /** Outside any transaction: slow work whose loss costs nothing (making keys, asking a keystore). */
  prepare?(context: Context, input: Input, subject: Subject): Promise<Prepared>;
  /** Inside one transaction with the audit event. */
  commit(tx: Writer, context: Context, input: Input, subject: Subject, prepared: Prepared): Promise<Done<Output>>;
  /**
   * After the commit and before the answer, never in a dry run (dropping opened keys from caches). It must be safe to
   * repeat; a failure is logged and does not fail what is already done.
   */
  follow?(context: Context, output: Output): Promise<void>;
  /** What a dry run answers instead: nothing that only a real run makes valid, such as a token. */
  dryRunOutput?(output: Output): Output;
  /** For creates that take a client token: the id to remember, and the result again by that id. */
  readonly repeat?: { idOf(output: Output): Id; again(context: Context, id: Id): Promise<Output> };
}

/** Uses a key or the HSM, and changes nothing in the estate. */
export interface UseOperation<Input, Subject, Output> extends OperationBase<Input, Subject> {
  readonly effect: 'USE';
  /**
   * What audit events, of success and of failure, record of the input. Without it: all of it, with the sizes of bytes
   * in their place. Items are never recorded, nor hashes of them: who reads the log could try out what they were.
   */
  readonly recorded?: (input: NoInfer<Input>) => JsonObject;
  /**
   * For what changes the HSM, where no transaction holds the change and its event together: an event of outcome PENDING
   * is made durable before, and without it nothing is done.
   */
  readonly announces?: boolean;
  use(context: Context, input: Input, subject: Subject): Promise<Done<Output>>;
}

/** Reads the estate. */
export interface ReadOperation<Input, Subject, Output> extends OperationBase<Input, Subject> {
  readonly effect: 'READ';
  /**
   * For what programs ask every few seconds to see how the server does, and which tells nothing of anybody's keys. It is
   * answered while a required audit sink is down, since it says which one; answers are recorded now and then (see
   * monitoring.ts), refusals always.
   */
  readonly isMonitoring?: boolean;
  read(context: Context, input: Input, subject: Subject): Promise<Output>;
}

/** An operation's result, and what the audit event says beyond the input. */
export interface Done<Output> {
  readonly output: Output;
  readonly target?: AuditTarget;
  readonly details?: JsonObject;
  /** Items covered; 1 when absent. */
  readonly count?: number;
}

export type Operation<Input, Output> =
  // biome-ignore lint/suspicious/noExplicitAny: subject and preparation are an operation's own affair
  ChangeOperation<Input, any, any, Output> | UseOperation<Input, any, Output> | ReadOperation<Input, any, Output>;

export function change<Input, Subject, Prepared, Output>(
  definition: Omit<ChangeOperation<Input, Subject, Prepared, Output>, 'effect'>,
): ChangeOperation<Input, Subject, Prepared, Output> {
  return { effect: 'CHANGE', ...definition };
}

export function use<Input, Subject, Output>(
  definition: Omit<UseOperation<Input, Subject, Output>, 'effect'>,
): UseOperation<Input, Subject, Output> {
  return { effect: 'USE', ...definition };
}

export function read<Input, Subject, Output>(
  definition: Omit<ReadOperation<Input, Subject, Output>, 'effect'>,
): ReadOperation<Input, Subject, Output> {
  return { effect: 'READ', ...definition };
}
