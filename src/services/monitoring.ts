import { secondsBetween } from '../domain/time.js';
import type { Estate } from './estate.js';
import type { Context } from './operation.js';

/** Whether an operation is for programs that ask every few seconds. */
export function isMonitoring(operation: { readonly effect: string; readonly isMonitoring?: boolean }): boolean {
  return operation.effect === 'READ' && operation.isMonitoring === true;
}

/** A monitor that goes on asking is written down once in so long. */
const recordedEverySeconds = 3600;
const mostCallers = 1_000;

/** When each caller of each monitoring operation was last written down; forgotten with the process. */
const books = new WeakMap<Estate, Map<string, string>>();

/**
 * Whether this answer to a monitor goes into the audit log: the first of a credential, from an address, and then one an
 * hour. Monitors ask every few seconds for ever; an event each would be most of the log and tell nothing.
 */
export function isToBeRecorded({ estate, call, now }: Context, operation: { readonly name: string }): boolean {
  const caller = JSON.stringify([operation.name, call.principal.id, call.credentialId, call.address]);
  const recorded = books.get(estate) ?? new Map<string, string>();
  books.set(estate, recorded);
  const last = recorded.get(caller);
  if (last !== undefined && Math.abs(secondsBetween(last, now)) < recordedEverySeconds) return false;
  recorded.delete(caller);
  recorded.set(caller, now);
  const [oldest] = recorded.keys();
  if (recorded.size > mostCallers && oldest !== undefined) recorded.delete(oldest);
  return true;
}
