/** What the server measures: every metric once, with its labels and what it tells. Labels hold words of closed sets only. */

export type MetricKind = 'COUNTER' | 'GAUGE' | 'HISTOGRAM';

/** One metric. Names end in their unit (`Seconds`, `Bytes`) where they have one. */
export interface MetricDescriptor {
  readonly kind: MetricKind;
  /** Names of its labels, in the order of their values. */
  readonly labels: readonly string[];
  /** One sentence for whoever reads the metric. */
  readonly text: string;
  /** Upper bounds of a histogram's buckets, ascending. */
  readonly bounds?: readonly number[];
}

const latencySeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

const counter = <const L extends readonly string[]>(labels: L, text: string) => ({ kind: 'COUNTER', labels, text }) as const;
const gauge = <const L extends readonly string[]>(labels: L, text: string) => ({ kind: 'GAUGE', labels, text }) as const;
const histogram = <const L extends readonly string[]>(labels: L, bounds: readonly number[], text: string) =>
  ({ kind: 'HISTOGRAM', labels, bounds, text }) as const;

/** Name -> metric. Labels never name a key, a vault, a principal or anything else that a tenant owns. */
export const metricTable = {
  buildInfo: gauge(['version', 'profile'], 'Always 1; the labels say which kyok runs.'),

  requests: counter(['face', 'status'], 'HTTP requests answered, by face and status code.'),
  requestSeconds: histogram(['face'], latencySeconds, 'Time from the head of a request to the end of its answer.'),
  operations: counter(['operation', 'face', 'outcome'], 'Operations by name, face and outcome: success, or the kind of error.'),
  operationSeconds: histogram(['operation'], latencySeconds, 'Time an operation took, refusals included.'),

  writeQueueLength: gauge([], 'Writes that wait for their turn at the database.'),
  writeQueueWaitSeconds: histogram([], latencySeconds, 'Time a write waited for its turn at the database.'),
  auditEvents: counter([], 'Events in the audit log.'),
  auditFlushSeconds: histogram([], latencySeconds, 'Time it took to make audit events durable together.'),
  auditFlushEvents: histogram([], batchSizes, 'Audit events that were made durable together.'),
  auditSinkUp: gauge(['sink', 'required'], 'Whether the audit sink takes events (1) or not (0).'),
  auditSinkBacklogEvents: gauge(['sink'], 'Audit events that the sink does not have yet.'),
  auditSinkDelivered: counter(['sink'], 'Audit events handed to the sink since the start, repetitions included.'),

  managedKeys: gauge(['state'], 'Managed keys by state.'),
  keyInstances: gauge(['keystore_type', 'status'], 'Key instances by type of keystore and status in it.'),
  keyInstancesUnsynchronised: gauge(['keystore_type', 'sync_flag'], 'Key instances that are not as they are wanted.'),
  reconcilerDue: gauge([], 'Key instances that are due to be driven now.'),
  reconcilerLagSeconds: gauge([], 'How long the oldest due key instance has been due.'),
  expiring: gauge(
    ['kind', 'within_days'],
    'Keys, API keys and certificates that expire within so many days, or have expired and are still there.',
  ),
  listenerCertificateExpirySeconds: gauge([], "When the listener's certificate expires, in seconds since 1970."),

  hsmSealed: gauge([], 'Whether the HSM waits for its master key (1) or not (0).'),
  hsmUnits: gauge(['state'], 'Crypto units by state.'),
  hsmUnitRestarts: counter(['unit'], 'Times that a crypto unit had to be started again.'),
} as const satisfies Record<string, MetricDescriptor>;

export type MetricName = keyof typeof metricTable;
type Named<K extends MetricKind> = { [N in MetricName]: (typeof metricTable)[N]['kind'] extends K ? N : never }[MetricName];
export type CounterName = Named<'COUNTER'>;
export type GaugeName = Named<'GAUGE'>;
export type HistogramName = Named<'HISTOGRAM'>;

/** Values of a metric's labels, one for each, in their order. */
export type LabelValues<N extends MetricName> = Texts<(typeof metricTable)[N]['labels']>;
type Texts<L extends readonly string[]> = { readonly [I in keyof L]: string };

/** A metric with its values. */
export interface Metric {
  readonly name: MetricName;
  readonly series: readonly Series[];
}

/** One set of label values, and what was measured under it. */
export interface Series {
  readonly labels: readonly string[];
  /** Of counters and gauges: the value. Of histograms: the sum of what was observed. */
  readonly value: number;
  /** Of histograms: observations up to each bound, cumulative; the last counts all. */
  readonly buckets?: readonly number[];
}
