/** Writers, a slow reader and an open read transaction, for some seconds; `npm run test:load` does it for a minute. */
import { expect, it } from 'vitest';
import { expectedRefusals, load } from '../kill/load.js';

it('32 writers beside slow readers lose no update, and the server serves on', async () => {
  const result = await load({ seconds: 5, writers: 32 });
  expect(result.broken).toEqual([]);
  expect([...result.refusals.keys()].filter((code) => !expectedRefusals.includes(code))).toEqual([]);
  for (const { raised, standsAt } of result.counters) expect(standsAt).toBe(raised);
  expect(result.counters.reduce((sum, { raised }) => sum + raised, 0)).toBeGreaterThan(0);
  expect(result.pagesRead).toBeGreaterThan(0);
  expect(result.slowBytes).toBeGreaterThan(0);
  expect(result.megabytes.most).toBeLessThan(600);
  expect(result.secondsAfter).toBeLessThan(30);
}, 180_000);
