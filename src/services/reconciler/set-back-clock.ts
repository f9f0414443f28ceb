import type { Timestamp } from '../../domain/entity.js';
import { addSeconds } from '../../domain/time.js';
import type { Estate } from '../estate.js';

/** Notices a wall clock that was set back, so that nothing waits until it shows again what it had shown in error. */
export interface SetBackClock {
  /** Begins to watch the times of what is committed. */
  start(): void;
  stop(): void;
  /** Makes due what waits for a time that only the clock before it was set back would have called near. */
  catchUp(): Promise<void>;
}

/** Less is what a time server corrects every day, and is waited for. */
const toleranceSeconds = 2;
/** Attempts are set no further ahead than this; what waits longer waits for a date, and a date stays. */
const furthestAttemptSeconds = 3_600;
const batchSize = 500;

/** The latest time that this server, or the one before it, has seen is held against the clock. */
export function setBackClock(estate: Pick<Estate, 'store' | 'now' | 'log'>): SetBackClock {
  let latest: Timestamp | undefined;
  let unsubscribe = () => {};
  const see = (time: Timestamp) => {
    if (latest === undefined || time > latest) latest = time;
  };
  const makeDue = async (now: Timestamp, until: Timestamp): Promise<void> => {
    const where = { nextAttemptAt: { gt: now, lte: until } };
    for (;;) {
      const waiting = await estate.store.read.find('keyInstance', where, batchSize);
      if (waiting.length === 0) return;
      await estate.store.write(async (tx) => {
        for (const { id } of waiting) await tx.observe('keyInstance', id, { nextAttemptAt: now });
      });
    }
  };
  return {
    start: () => {
      unsubscribe = estate.store.onCommit(({ audit }) => {
        for (const { event } of audit) see(event.time);
      });
    },
    stop: () => unsubscribe(),
    catchUp: async () => {
      if (latest === undefined) see(await lastTimeInLog(estate));
      const now = estate.now();
      const ahead = latest;
      if (ahead === undefined || ahead <= addSeconds(now, toleranceSeconds)) return see(now);
      estate.log.warn({ was: ahead, is: now }, 'the clock was set back; what waits for its next attempt is tried now');
      await makeDue(now, addSeconds(ahead, furthestAttemptSeconds));
      latest = now;
    },
  };
}

async function lastTimeInLog({ store, now }: Pick<Estate, 'store' | 'now'>): Promise<Timestamp> {
  const [last] = await store.audit.list({}, { limit: 1 });
  return last?.event.time ?? now();
}
