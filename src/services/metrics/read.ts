import { z } from 'zod';
import type { Estate } from '../estate.js';
import { onInstance } from '../everywhere.js';
import { read } from '../operation.js';
import { observed } from './observed.js';
import type { Metric } from './table.js';

/** For how long one look at the estate serves everybody who asks, at least. */
const lastsMilliseconds = 5_000;
/** And so many times as long as it took: looking at a large estate takes a tenth of the time at most. */
const lastsTimes = 10;

interface Look {
  readonly at: number;
  /** `undefined` while it is under way. */
  tookMilliseconds: number | undefined;
  readonly metrics: Promise<readonly Metric[]>;
}

const looks = new WeakMap<Estate, Look>();

/** Everything that this server measures. However often it is asked for, the estate is looked through now and then only. */
export const metrics = read({
  name: 'metrics',
  action: 'instance.read-metrics',
  input: z.strictObject({}),
  place: onInstance('instance'),
  isMonitoring: true,
  read: async ({ estate }): Promise<readonly Metric[]> => [...(await lookAt(estate)), ...estate.measurements.taken()],
});

function lookAt(estate: Estate): Promise<readonly Metric[]> {
  const now = performance.now();
  const last = looks.get(estate);
  if (last && isGood(last, now)) return last.metrics;
  const look: Look = { at: now, tookMilliseconds: undefined, metrics: observed(estate) };
  looks.set(estate, look);
  look.metrics.then(
    () => {
      look.tookMilliseconds = performance.now() - now;
    },
    () => looks.delete(estate),
  );
  return look.metrics;
}

function isGood({ at, tookMilliseconds: took }: Look, now: number): boolean {
  return took === undefined || now - at < Math.max(lastsMilliseconds, took * lastsTimes);
}
