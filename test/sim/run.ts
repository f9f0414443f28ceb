/** Runs histories one after the other, and shows the first that fail as small as they get. */
import type { Ground } from './ground.js';
import { runHistory, type Verdict } from './history.js';
import { type Plan, planOf } from './plan.js';
import { add, failureText, noTotals, storyText, type Totals } from './report.js';
import { shrink } from './shrink.js';

export interface Run {
  readonly seed: number;
  /** Numbers of the histories. */
  readonly histories: readonly number[];
  /** Failing ones that are made smaller; it takes a while each. */
  readonly mostShrunk: number;
  print(text: string): void;
}

export async function runHistories(ground: Ground, { seed, histories, mostShrunk, print }: Run): Promise<Totals> {
  const totals = noTotals();
  for (const history of histories) {
    const plan = planOf(seed, history);
    const verdict = await runHistory(ground, plan);
    add(totals, history, verdict);
    if (verdict.broken.length === 0 || totals.failures.length > mostShrunk) continue;
    print(failureText(seed, history, plan, verdict));
    const smallest = await smaller(ground, plan, verdict);
    print(`\nAs small as it gets:\n${failureText(seed, history, smallest, await runHistory(ground, smallest))}\n`);
  }
  return totals;
}

/** One history with everything that happened in it. */
export async function showHistory(ground: Ground, seed: number, history: number, print: (text: string) => void): Promise<boolean> {
  const plan = planOf(seed, history);
  const verdict = await runHistory(ground, plan, true);
  if (verdict.broken.length === 0) {
    print(`${storyText(verdict)}\nHistory ${history} of seed ${seed} holds (trace ${verdict.traceHash}).`);
    return true;
  }
  const smallest = await smaller(ground, plan, verdict);
  const shown = await runHistory(ground, smallest, true);
  print(
    `${failureText(seed, history, plan, verdict)}\n\nAs small as it gets:\n${failureText(seed, history, smallest, shown)}\n${storyText(shown)}`,
  );
  return false;
}

/** Fails in the same invariant: another failure on the way is another history. */
async function smaller(ground: Ground, plan: Plan, { broken }: Verdict): Promise<Plan> {
  const names = new Set(broken.map(({ invariant }) => invariant));
  return await shrink(plan, async (candidate) => {
    const verdict = await runHistory(ground, candidate);
    return verdict.broken.some(({ invariant }) => names.has(invariant));
  });
}
