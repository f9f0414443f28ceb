import type { Call } from './call.js';
import type { Estate } from './estate.js';
import type { Operation } from './operation.js';
import { perform } from './perform.js';
import { auditEventAdded } from './watch/audit-events.js';
import { managedKeyChanged } from './watch/managed-keys.js';

/** What can be watched, by the name of its operation. */
export const watchTopics = { managedKeyChanged, auditEventAdded } as const;
export type WatchTopic = keyof typeof watchTopics;
/** What a topic's stream holds. */
export type Watched<T extends WatchTopic> =
  (typeof watchTopics)[T] extends Operation<infer _Input, AsyncIterableIterator<infer Item>> ? Item : never;

/**
 * A stream of what happens from now on, authorised and audited like any operation, and authorised again whenever
 * rights change. Whoever takes too slowly is dropped with RATE_LIMITED. End it with `return`.
 * @throws EstateError FORBIDDEN, INPUT_INVALID
 */
export async function watch<T extends WatchTopic>(
  estate: Estate,
  call: Call,
  topic: T,
  filter: unknown = {},
): Promise<AsyncIterableIterator<Watched<T>>> {
  const operation = watchTopics[topic] as unknown as Operation<unknown, AsyncIterableIterator<Watched<T>>>;
  return await perform(estate, call, operation, { filter });
}
