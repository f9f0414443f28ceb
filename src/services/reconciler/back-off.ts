/** How long to wait before the next attempt. */
export interface BackOff {
  readonly firstSeconds: number;
  readonly longestSeconds: number;
}

/**
 * Seconds to wait after the given number of failed attempts in a row: doubles up to the longest, and lies somewhere in
 * the upper half of that, so that what failed together is not tried again together. `random` is in [0, 1).
 */
export function retryDelaySeconds({ firstSeconds, longestSeconds }: BackOff, attempts: number, random: number): number {
  const full = Math.min(longestSeconds, firstSeconds * 2 ** Math.min(Math.max(attempts - 1, 0), 30));
  return full / 2 + (full / 2) * random;
}
