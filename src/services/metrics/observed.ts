/** What is looked up when somebody asks for metrics: how the estate stands now. */
import type { KeyInstance } from '../../domain/managed-key.js';
import { secondsBetween } from '../../domain/time.js';
import type { Where } from '../../store/contract.js';
import type { Estate } from '../estate.js';
import { expiringCounts } from '../expiry/counts.js';
import type { LabelValues, Metric, MetricName, Series } from './table.js';

/** Every metric that is a state rather than a count. */
export async function observed(estate: Estate): Promise<readonly Metric[]> {
  const groups = await Promise.all([keys(estate), instances(estate), reconciler(estate), expiring(estate), hsm(estate), audit(estate)]);
  const { version, profile } = estate;
  const shown = estate.listenerCertificate();
  const own = [metric('buildInfo', [[[version, profile], 1]])];
  const certificate = shown ? [metric('listenerCertificateExpirySeconds', [[[], Date.parse(shown.expiresAt) / 1000]])] : [];
  return [...own, ...groups.flat(), ...certificate];
}

type Values<N extends MetricName> = readonly (readonly [labels: LabelValues<N>, value: number])[];

function metric<N extends MetricName>(name: N, values: Values<N>): Metric {
  return { name, series: values.map(([labels, value]): Series => ({ labels: labels as readonly string[], value })) };
}

async function keys({ store }: Estate): Promise<Metric[]> {
  const byState = await store.read.countBy('managedKey', 'state', {});
  return [
    metric(
      'managedKeys',
      [...byState].map(([state, count]) => [[state], count] as const),
    ),
  ];
}

async function instances({ store, keystoreTypes }: Estate): Promise<Metric[]> {
  const counted = async (field: 'status' | 'syncFlag', where: Where<KeyInstance>) => {
    const byType = keystoreTypes.descriptors.map(async ({ type }) => {
      const counts = await store.read.countBy('keyInstance', field, { ...where, ...inType(type) });
      return [...counts].map(([value, count]) => [[type, value], count] as const);
    });
    return (await Promise.all(byType)).flat();
  };
  return [
    metric('keyInstances', await counted('status', {})),
    metric('keyInstancesUnsynchronised', await counted('syncFlag', { syncFlag: { ne: 'OK' } })),
  ];
}

function inType(type: string): Where<KeyInstance> {
  const where = { type: { eq: type } } as Where<never>;
  return { keystoreId: { within: { noun: 'keystore', field: 'id', where } } };
}

async function reconciler({ store, now }: Estate): Promise<Metric[]> {
  const time = now();
  const where = { nextAttemptAt: { lte: time } };
  const due = await store.read.count('keyInstance', where);
  const oldest = await store.read.page('keyInstance', { where, sort: [{ field: 'nextAttemptAt' }], limit: 1 });
  const since = oldest.items[0]?.entity.nextAttemptAt;
  return [
    metric('reconcilerDue', [[[], due]]),
    metric('reconcilerLagSeconds', [[[], since ? Math.max(0, secondsBetween(since, time)) : 0]]),
  ];
}

async function expiring(estate: Estate): Promise<Metric[]> {
  const counts = await expiringCounts(estate);
  return [
    metric(
      'expiring',
      counts.map(({ kind, withinDays, count }) => [[kind, String(withinDays)], count] as const),
    ),
  ];
}

async function hsm(estate: Estate): Promise<Metric[]> {
  const { sealed, units } = await estate.hsm.status();
  const running = units.filter((unit) => unit.running).length;
  return [
    metric('hsmSealed', [[[], sealed ? 1 : 0]]),
    metric('hsmUnits', [
      [['running'], running],
      [['stopped'], units.length - running],
    ]),
    metric(
      'hsmUnitRestarts',
      units.map(({ number, restarts }) => [[String(number)], restarts] as const),
    ),
  ];
}

async function audit({ store, delivery }: Estate): Promise<Metric[]> {
  const sinks = delivery.states();
  return [
    metric('auditEvents', [[[], await store.audit.size()]]),
    metric(
      'auditSinkUp',
      sinks.map(({ name, required, up }) => [[name, required ? 'yes' : 'no'], up ? 1 : 0] as const),
    ),
    metric(
      'auditSinkBacklogEvents',
      sinks.map(({ name, backlog }) => [[name], backlog] as const),
    ),
    metric(
      'auditSinkDelivered',
      sinks.map(({ name, delivered }) => [[name], delivered] as const),
    ),
  ];
}
