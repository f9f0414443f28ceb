import { sleep, type Timers } from '../timers.js';

/** Lets one caller after the other through, no faster than the rate allows. */
export interface Pace {
  take(): Promise<void>;
}

/** A token bucket: `burst` at once, then `perSecond`. An infinite rate never waits. */
export function tokenBucket(rate: { readonly perSecond: number; readonly burst: number }, timers: Timers): Pace {
  if (rate.perSecond === Number.POSITIVE_INFINITY) return { take: async () => {} };
  let tokens = rate.burst;
  let filledAt = timers.milliseconds();
  return {
    take: async () => {
      const now = timers.milliseconds();
      tokens = Math.min(rate.burst, tokens + ((now - filledAt) / 1000) * rate.perSecond);
      filledAt = now;
      // Tokens may go below zero: that is the queue, and each caller waits for the end of it.
      tokens -= 1;
      if (tokens < 0) await sleep(timers, (-tokens / rate.perSecond) * 1000);
    },
  };
}
