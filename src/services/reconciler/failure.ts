import { type ErrorCode, type ErrorKind, EstateError } from '../../domain/errors.js';
import type { KeyInstance } from '../../domain/managed-key.js';
import { type SyncState, syncOf } from '../../domain/sync-state.js';
import type { Subject } from './subject.js';
import { syncFacts } from './wanted.js';

export type InstanceError = NonNullable<KeyInstance['error']>;

/** What a person reads at a key instance that could not be driven: what happened, and what can be done. */
export function instanceError(thrown: unknown): InstanceError {
  const error = thrown instanceof EstateError ? thrown : new EstateError('INTERNAL');
  return { code: error.code, message: error.message, remedy: remedies[error.code] ?? remedyByKind[error.kind] ?? retried };
}

/** Seconds that the keystore asked to wait; 0 when it named none. */
export function retryAfterSeconds(thrown: unknown): number {
  const seconds = thrown instanceof EstateError ? thrown.details['retryAfterSeconds'] : undefined;
  return typeof seconds === 'number' && seconds > 0 ? seconds : 0;
}

const retried = 'Nothing has to be done: it is tried again.';
const remedies: Partial<Record<ErrorCode, string>> = {
  KEYSTORE_UNREACHABLE: 'Check the network and the keystore service; it is tried again by itself.',
  KEYSTORE_REFUSED: "Check the keystore's credentials, permissions and settings; test it, then sync the key.",
  KEYSTORE_TYPE_UNKNOWN: 'Start a server that knows this keystore type, or delete the keystore.',
  CAPABILITY_MISSING: 'The keystore cannot hold the key as it is wanted; change the key or its template.',
  ALGORITHM_NOT_SUPPORTED_BY_KEYSTORE: 'Take the keystore out of the targets, or use an algorithm that it can hold.',
  HSM_SEALED: 'Unseal the HSM with "kyok hsm unseal"; it goes on by itself then.',
  RATE_LIMITED: 'Nothing has to be done: it goes on when the keystore admits more requests.',
  BLOB_REFUSED: 'The stored key was altered: restore the database from a backup, or rotate the key.',
  MASTER_KEY_MISMATCH: 'Load the master key that this key was made under.',
  INTERNAL: 'Look for this key instance in the server log; it is tried again.',
};
const remedyByKind: Partial<Record<ErrorKind, string>> = {
  sealed: 'See "kyok hsm status"; it goes on by itself when the HSM answers.',
  internal: 'Look for this key instance in the server log; it is tried again.',
};

/** The fields of an instance that a failure changes. What the HSM or this server could not do says nothing of the keystore. */
export function failureFields(subject: Subject, thrown: unknown): { readonly error: InstanceError } & Partial<SyncState> {
  const error = instanceError(thrown);
  const seen = seenAs[error.code];
  return { error, ...(seen ? syncOf(syncFacts(subject, seen)) : { syncFlag: 'ERROR' as const }) };
}

const seenAs: Readonly<Partial<Record<string, 'UNREACHABLE' | 'REFUSED'>>> = {
  KEYSTORE_UNREACHABLE: 'UNREACHABLE',
  TIMED_OUT: 'UNREACHABLE',
  RATE_LIMITED: 'UNREACHABLE',
  KEYSTORE_REFUSED: 'REFUSED',
  CAPABILITY_MISSING: 'REFUSED',
};

/** A sealed HSM costs nothing to ask, and everybody waits for it: it is asked often. */
export function longestWaitSeconds(thrown: unknown): number {
  return thrown instanceof EstateError && thrown.kind === 'sealed' ? 10 : Number.POSITIVE_INFINITY;
}
