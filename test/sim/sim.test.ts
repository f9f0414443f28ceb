/** A few histories with every change, so that the simulation itself cannot rot; `npm run test:sim` runs many. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ground, newGround } from './ground.js';
import { runHistory } from './history.js';
import { planOf } from './plan.js';
import { failureText } from './report.js';
import { shrink } from './shrink.js';

const seed = 20300101;
let ground: Ground;
beforeAll(async () => {
  ground = await newGround();
});
afterAll(async () => {
  await ground.close();
});

describe('the simulation', () => {
  test('forty histories lose, double and half-move nothing', async () => {
    let crashes = 0;
    for (let history = 0; history < 40; history += 1) {
      const plan = planOf(seed, history);
      const verdict = await runHistory(ground, plan);
      crashes += verdict.crashes;
      expect(verdict.broken, failureText(seed, history, plan, verdict)).toEqual([]);
    }
    expect(crashes).toBeGreaterThan(0);
  });

  test('the same seed gives the same history, step by step, and another one another', async () => {
    for (const history of [1, 2, 3]) {
      const [first, second] = [
        await runHistory(ground, planOf(seed, history), true),
        await runHistory(ground, planOf(seed, history), true),
      ];
      expect(second.trace).toEqual(first.trace);
      expect(second.traceHash).toBe(first.traceHash);
      expect(second.told).toEqual(first.told);
      expect((await runHistory(ground, planOf(seed + 1, history))).traceHash).not.toBe(first.traceHash);
    }
  });

  test('what a failure does not need is left out of it', async () => {
    const plan = planOf(seed, 4);
    const wanted = plan.deeds.at(-1);
    const smallest = await shrink(plan, async ({ deeds, faults }) => deeds.some(({ verb }) => verb === wanted?.verb) && faults.length >= 0);
    expect(smallest.deeds.map(({ verb }) => verb)).toEqual([wanted?.verb]);
    expect(smallest.faults).toEqual([]);
  });
});
