/** A failing history without all that its failure does not need. */
import type { Deed, Fault, Plan } from './plan.js';

/**
 * Leaves out deeds and faults, in halves first and then one by one, as long as the history still fails.
 * @param fails whether a plan still fails in the way that is looked for
 */
export async function shrink(plan: Plan, fails: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  for (;;) {
    const before = sizeOf(smallest);
    smallest = await without(smallest, (faults) => ({ faults }), smallest.faults, fails);
    smallest = await without(smallest, (deeds) => ({ deeds }), smallest.deeds, fails);
    smallest = await plainer(smallest, fails);
    if (sizeOf(smallest) === before) return smallest;
  }
}

function sizeOf({ deeds, faults }: Plan): number {
  return deeds.length + faults.length;
}

type Fails = (plan: Plan) => Promise<boolean>;

async function without<T extends Deed | Fault>(
  plan: Plan,
  part: (items: readonly T[]) => Partial<Plan>,
  items: readonly T[],
  fails: Fails,
): Promise<Plan> {
  let [smallest, left] = [plan, items];
  for (let width = Math.max(1, Math.floor(items.length / 2)); width >= 1; width = Math.floor(width / 2)) {
    for (let start = 0; start < left.length; ) {
      const fewer = [...left.slice(0, start), ...left.slice(start + width)];
      const candidate = { ...smallest, ...part(fewer) };
      if (await fails(candidate)) [smallest, left] = [candidate, fewer];
      else start += width;
    }
  }
  return smallest;
}

/** The same without what a deed has beside its verb. */
async function plainer(plan: Plan, fails: Fails): Promise<Plan> {
  let smallest = plan;
  for (const [index, deed] of plan.deeds.entries()) {
    for (const plain of [{ isDoubled: false }, { namesRevision: false }, { isDryRun: false }]) {
      const candidate = { ...smallest, deeds: smallest.deeds.with(index, { ...(smallest.deeds[index] ?? deed), ...plain }) };
      if (await fails(candidate)) smallest = candidate;
    }
  }
  return smallest;
}
