import {
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelValues,
  type Metric,
  type MetricName,
  metricTable,
  type Series,
} from './table.js';

/** Where whatever happens is counted. Cheap enough for every request; nothing here fails or waits. */
export interface Measurements {
  count<N extends CounterName>(name: N, labels: LabelValues<N>): void;
  observe<N extends HistogramName>(name: N, labels: LabelValues<N>, value: number): void;
  set<N extends GaugeName>(name: N, labels: LabelValues<N>, value: number): void;
  /** All that was counted and observed so far; metrics of which nothing was yet are left out. */
  taken(): readonly Metric[];
}

interface Tally {
  readonly labels: readonly string[];
  value: number;
  /** Observations in each bucket, not cumulative; the last one is beyond every bound. Empty for counters. */
  readonly buckets: number[];
}

/** Measurements held in memory; they begin at zero with the process, as those who read them expect. */
export function measurements(): Measurements {
  const byName = new Map<MetricName, Map<string, Tally>>();
  const tallyOf = (name: MetricName, labels: readonly string[], buckets: number): Tally => {
    const series = byName.get(name) ?? new Map<string, Tally>();
    if (series.size === 0) byName.set(name, series);
    const key = labels.length === 1 ? (labels[0] as string) : labels.join('\u0000');
    const known = series.get(key);
    if (known) return known;
    const tally = { labels, value: 0, buckets: new Array<number>(buckets).fill(0) };
    series.set(key, tally);
    return tally;
  };
  return {
    count: (name, labels) => {
      tallyOf(name, labels as readonly string[], 0).value += 1;
    },
    observe: (name, labels, value) => {
      const { bounds } = metricTable[name];
      const tally = tallyOf(name, labels as readonly string[], bounds.length + 1);
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
      tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + 1;
      tally.value += value;
    },
    set: (name, labels, value) => {
      tallyOf(name, labels as readonly string[], 0).value = value;
    },
    taken: () => [...byName].map(([name, series]) => ({ name, series: [...series.values()].map(seriesOf) })),
  };
}

function seriesOf({ labels, value, buckets }: Tally): Series {
  if (buckets.length === 0) return { labels, value };
  let total = 0;
  const cumulative = buckets.map((inBucket) => {
    total += inBucket;
    return total;
  });
  return { labels, value, buckets: cumulative };
}
