import { AggregatorRegistry, Registry } from 'prom-client';
import { type Metric, type MetricDescriptor, type MetricKind, metricTable, type Series } from '../../services/metrics/table.js';

/** Prometheus's text format, version 0.0.4. */
export const contentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** The metrics in Prometheus's text format. */
export async function expositionText(metrics: readonly Metric[]): Promise<string> {
  return await AggregatorRegistry.aggregate([metrics.map(exposed)]).metrics();
}

/** `auditFlushSeconds` is `kyok_audit_flush_seconds`; counters end in `_total`. */
export function prometheusName(name: string, kind: MetricKind): string {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return `kyok_${snake}${kind === 'COUNTER' ? '_total' : ''}`;
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** A metric in the form that prom-client's registries exchange. */
function exposed({ name, series }: Metric) {
  const descriptor: MetricDescriptor = metricTable[name];
  const { kind, text } = descriptor;
  const own = prometheusName(name, kind);
  return {
    name: own,
    help: text,
    type: kind.toLowerCase(),
    aggregator: 'sum',
    values: series.flatMap((one) => valuesOf(own, descriptor, one)),
  };
}

function valuesOf(name: string, descriptor: MetricDescriptor, { labels, value, buckets }: Series): readonly Value[] {
  const named = Object.fromEntries(descriptor.labels.map((label, position) => [label, labels[position] ?? '']));
  if (!buckets) return [{ value, labels: named }];
  const bounds = [...(descriptor.bounds ?? []), '+Inf'];
  return [
    ...buckets.map((count, position) => ({
      value: count,
      labels: { ...named, le: bounds[position] ?? '+Inf' },
      metricName: `${name}_bucket`,
    })),
    { value, labels: named, metricName: `${name}_sum` },
    { value: buckets.at(-1) ?? 0, labels: named, metricName: `${name}_count` },
  ];
}
