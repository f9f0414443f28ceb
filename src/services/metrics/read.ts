import { z } from 'zod';
import type { Estate } from '../estate.js';
import { onInstance } from '../everywhere.js';
import { read } from '../operation.js';
import { observed } from './observed.js';
import type { Metric } from './table.js';

/** For how long one look at the estate serves everybody who asks. */
const lastsMilliseconds = 5_000;

interface Look {
  readonly at: number;
  readonly metrics: Promise<readonly Metric[]>;
}

const looks = new WeakMap<Estate, Look>();

/** Everything that this server measures. However often it is asked for, the estate is looked through every five seconds at most. */
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
  if (last && now - last.at < lastsMilliseconds) return last.metrics;
  const look = { at: now, metrics: observed(estate) };
  looks.set(estate, look);
  look.metrics.catch(() => looks.delete(estate));
  return look.metrics;
}
