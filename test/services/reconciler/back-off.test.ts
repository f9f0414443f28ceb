import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryDelaySeconds } from '../../../src/services/reconciler/back-off.js';
import { tokenBucket } from '../../../src/services/reconciler/pace.js';

describe('back-off', () => {
  const backOff = { firstSeconds: 1, longestSeconds: 300 };

  test('doubles up to the longest wait and stays within its upper half', () => {
    expect([1, 2, 3, 4, 20].map((attempts) => retryDelaySeconds(backOff, attempts, 0))).toEqual([0.5, 1, 2, 4, 150]);
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempts, random) => {
        const delay = retryDelaySeconds(backOff, attempts, random);
        return delay >= 0.5 && delay <= 300;
      }),
    );
  });
});

describe('the token bucket', () => {
  test('lets a burst through at once, and then no more than the rate', async () => {
    let now = 0;
    const waits: number[] = [];
    const pace = tokenBucket(
      { perSecond: 5, burst: 2 },
      {
        milliseconds: () => now,
        after: (milliseconds, work) => {
          waits.push(Math.round(milliseconds));
          work();
          return () => {};
        },
      },
    );
    for (let count = 0; count < 4; count += 1) await pace.take();
    expect(waits).toEqual([200, 400]);
    now = 10_000;
    await pace.take();
    await pace.take();
    expect(waits).toHaveLength(2);
  });

  test('without a rate nobody waits', async () => {
    let waits = 0;
    const after = (_: number, work: () => void) => {
      waits += 1;
      work();
      return () => {};
    };
    const pace = tokenBucket({ perSecond: Number.POSITIVE_INFINITY, burst: 1 }, { milliseconds: () => 0, after });
    for (let count = 0; count < 100; count += 1) await pace.take();
    expect(waits).toBe(0);
  });
});
