import { markdownTable } from '../../domain/markdown.js';
import { type MetricDescriptor, metricTable } from '../../services/metrics/table.js';
import { prometheusName } from './exposition.js';

/** `docs/metrics.md`: how to scrape, and what every metric tells. */
export function metricsDocument(): string {
  const rows = Object.entries<MetricDescriptor>(metricTable).map(([name, { kind, labels, text }]) => [
    `\`${prometheusName(name, kind)}\``,
    kind.toLowerCase(),
    labels.map((label) => `\`${label}\``).join(', '),
    text,
  ]);
  return `${[...introduction, ...markdownTable(['metric', 'kind', 'labels', 'what it tells'], rows), ...ending].join('\n')}\n`;
}

const introduction = [
  '# Metrics',
  '',
  'The table is generated from `src/services/metrics/table.ts`; a test compares the two.',
  '',
  '`GET /metrics` answers in the text format of Prometheus to whoever holds `instance.read-metrics` on the instance: the role',
  '`Monitor`, which may do nothing else. No label names a key, vault, principal or address.',
  '',
  '```sh',
  'kyok principal create --name prometheus --kind SERVICE --id prometheus',
  'kyok role-binding create --principal prometheus --role Monitor',
  'kyok api-key create --principal prometheus --name scrape --out /etc/prometheus/kyok.key',
  '```',
  '',
  '```yaml',
  'scrape_configs:',
  '  - job_name: kyok',
  '    scheme: https',
  '    authorization: { credentials_file: /etc/prometheus/kyok.key }',
  "    static_configs: [{ targets: ['keys.example.com:4000'] }]",
  '```',
  '',
  'A scrape is an operation like any other, but the audit log has only the first of each caller in an hour, and every refusal.',
  'Scrapes are answered while a required audit sink is down. States are looked up every five seconds at most, and in large',
  'estates less often, so that looking takes a tenth of the time at most.',
  '',
];

const ending = [
  '',
  'Beside them stand the usual metrics of a Node.js process: `process_cpu_seconds_total`, `process_resident_memory_bytes`,',
  '`process_open_fds`, `nodejs_eventloop_lag_seconds`, `nodejs_heap_size_used_bytes`, `nodejs_gc_duration_seconds` and others. They are',
  "the server's own; crypto units are processes of their own and are not in them.",
  '',
  '## Worth an alarm',
  '',
  '```yaml',
  '- alert: KyokSealed',
  '  expr: kyok_hsm_sealed == 1',
  '- alert: KyokAuditSinkDown',
  '  expr: kyok_audit_sink_up == 0',
  '- alert: KyokReconcilerBehind',
  '  expr: kyok_reconciler_lag_seconds > 300',
  '- alert: KyokUnitRestarts',
  '  expr: increase(kyok_hsm_unit_restarts_total[15m]) > 2',
  '- alert: KyokExpiresSoon',
  '  expr: kyok_expiring{within_days="7"} > 0',
  '```',
];
