/** The store's work as an observer is told of it. */
import type { StoreObserver } from '../contract.js';
import type { Sessions } from './session.js';
import type { Turns } from './turns.js';

/** For whoever does not ask. */
export const unobserved: StoreObserver = { queued: () => {}, waited: () => {}, flushed: () => {} };

/** Turns whose waits are told. */
export function observedTurns(turns: Turns, observer: StoreObserver): Turns {
  let waiting = 0;
  const noteWaiting = (change: 1 | -1) => {
    waiting += change;
    observer.queued(waiting);
  };
  return {
    take: (work) => {
      const since = performance.now();
      noteWaiting(1);
      return turns.take(() => {
        noteWaiting(-1);
        observer.waited((performance.now() - since) / 1000);
        return work();
      });
    },
    idle: () => turns.idle(),
  };
}

/** Sessions whose commits of audit events are told. */
export function observedSessions(sessions: Sessions, observer: StoreObserver): Sessions {
  return {
    ...sessions,
    commit: async (session, leaves) => {
      const since = performance.now();
      const records = await sessions.commit(session, leaves);
      if (leaves.length > 0) observer.flushed(leaves.length, (performance.now() - since) / 1000);
      return records;
    },
  };
}
