/** Milliseconds and waiting, handed in so that tests need not wait. */
export interface Timing {
  /** Monotonic milliseconds. */
  milliseconds(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Real time. */
export const realTiming: Timing = {
  milliseconds: () => performance.now(),
  sleep: async (milliseconds) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  },
};

/** Lets one caller after the other through, no faster than the rate allows. */
export interface Pace {
  take(): Promise<void>;
}

/** A token bucket: `burst` at once, then `perSecond`. An infinite rate never waits. */
export function tokenBucket(rate: { readonly perSecond: number; readonly burst: number }, timing: Timing): Pace {
  if (rate.perSecond === Number.POSITIVE_INFINITY) return { take: async () => {} };
  let tokens = rate.burst;
  let filledAt = timing.milliseconds();
  return {
    take: async () => {
      const now = timing.milliseconds();
      tokens = Math.min(rate.burst, tokens + ((now - filledAt) / 1000) * rate.perSecond);
      filledAt = now;
      // Tokens may go below zero: that is the queue, and each caller waits for the end of it.
      tokens -= 1;
      if (tokens < 0) await timing.sleep((-tokens / rate.perSecond) * 1000);
    },
  };
}
