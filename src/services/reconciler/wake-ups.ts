import type { Timestamp } from '../../domain/entity.js';
import type { Estate } from '../estate.js';

/** When the reconciler looks for work. */
export interface WakeUps {
  start(): void;
  stop(): Promise<void>;
  /** Looks soon, unless a look is coming already; nothing before the start. */
  wake(): void;
  /** Looks now, after any look under way. @returns what `fill` answers */
  now(): Promise<number>;
}

const longestSleepMilliseconds = 30_000;

/** Calls `fill` when a key instance changes and when the next one falls due; one call at a time. */
export function wakeUps(estate: Estate, fill: () => Promise<number>): WakeUps {
  let queue: Promise<unknown> = Promise.resolve();
  let isStarted = false;
  let isAsked = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = () => {};
  let unsubscribe = () => {};

  const now = async (): Promise<number> => {
    const turn = queue.then(fill);
    queue = turn.catch(() => undefined);
    return await turn;
  };
  const wake = () => {
    if (!isStarted || isAsked) return;
    isAsked = true;
    running = Promise.all([running, run()]).then(() => undefined);
  };
  const run = async () => {
    cancel();
    await queue;
    isAsked = false;
    let sleep = 1_000;
    try {
      // What falls due while this look is under way counts as not looked at.
      const since = estate.now();
      await now();
      sleep = await millisecondsToNext(estate, since);
    } catch (err) {
      estate.log.error({ err }, 'the reconciler could not look for work');
    }
    cancel();
    if (isStarted) cancel = estate.timers.after(sleep, wake);
  };
  return {
    now,
    wake,
    start: () => {
      if (isStarted) return;
      isStarted = true;
      unsubscribe = estate.store.onCommit(({ changes }) => {
        if (changes.some(({ noun }) => noun === 'keyInstance' || noun === 'keystore')) wake();
      });
      wake();
    },
    stop: async () => {
      isStarted = false;
      unsubscribe();
      cancel();
      await Promise.all([queue, running]);
    },
  };
}

async function millisecondsToNext({ store, now }: Estate, since: Timestamp): Promise<number> {
  const query = { where: { nextAttemptAt: { gt: since } }, sort: [{ field: 'nextAttemptAt' as const }], limit: 1 };
  const next = (await store.read.page('keyInstance', query)).items[0]?.entity.nextAttemptAt;
  return next == null ? longestSleepMilliseconds : Math.min(longestSleepMilliseconds, Math.max(1, Date.parse(next) - Date.parse(now())));
}
