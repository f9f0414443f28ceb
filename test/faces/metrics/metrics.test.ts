/** GET /metrics over the wire. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expositionText, prometheusName } from '../../../src/faces/metrics/exposition.js';
import { metricsDocument } from '../../../src/faces/metrics/metrics-document.js';
import { createManagedKey } from '../../../src/services/managed-keys/create.js';
import { measurements } from '../../../src/services/metrics/measurements.js';
import { observed } from '../../../src/services/metrics/observed.js';
import { type MetricDescriptor, metricTable } from '../../../src/services/metrics/table.js';
import { perform } from '../../../src/services/perform.js';
import { reconciler } from '../../../src/services/reconciler/reconciler.js';
import { type VaultWorld, vaultWorld } from '../../services/access-samples.js';
import { start, type TestServer } from '../graphql/start.js';

let server: TestServer;
let own: VaultWorld;
let token: string;
beforeAll(async () => {
  server = await start({
    listenerCertificate: { subject: 'CN=secret-host.example.com', fingerprint: 'ab'.repeat(32), expiresAt: '2030-01-21T00:00:00.000Z' },
  });
  own = await vaultWorld(server, 'Tenant-with-a-secret-name');
  token = await server.tokenOf(await server.callOf(['Monitor']));
});
afterAll(async () => await server.close());

const scrape = async (bearer: string | null = token) =>
  await fetch(`${server.endpoint}/metrics`, { headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` } });

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text format's grammar, written independently of the encoder. */
function samplesOf(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!match) throw new Error(`not a sample: ${line}`);
      const labels = [...(match[2] ?? '').matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\.)*)"/g)];
      const value = match[3] === '+Inf' ? Number.POSITIVE_INFINITY : Number(match[3]);
      expect(value, line).not.toBeNaN();
      return { name: match[1] ?? '', labels: Object.fromEntries(labels.map(([, name, text]) => [name, text])), value };
    });
}

describe('/metrics', () => {
  it('answers a monitor in Prometheus’s text format, with help for every metric', async () => {
    await server.data('{ vaults { edges { node { id } } } }');
    await server.ask('{ vault(id: "00000000-0000-4000-8000-000000000000") { id } }');
    const response = await scrape();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    const samples = samplesOf(text);
    const value = (name: string, labels: object = {}) =>
      samples.find((sample) => sample.name === name && Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted))
        ?.value;
    expect(value('kyok_build_info', { version: '0.0.0-test', profile: 'development' })).toBe(1);
    expect(value('kyok_requests_total', { face: 'graphql', status: '200' })).toBeGreaterThanOrEqual(1);
    expect(value('kyok_operations_total', { operation: 'vaults', face: 'graphql', outcome: 'success' })).toBe(1);
    expect(value('kyok_operations_total', { operation: 'vault', face: 'graphql', outcome: 'not-found' })).toBe(1);
    expect(value('kyok_operation_seconds_count', { operation: 'createManagedKey' })).toBeGreaterThanOrEqual(6);
    expect(value('kyok_managed_keys', { state: 'ACTIVE' })).toBe(
      await server.estate.store.read.count('managedKey', { state: { eq: 'ACTIVE' } }),
    );
    expect(value('kyok_key_instances', { keystore_type: 'internal', status: 'ACTIVE' })).toBeGreaterThan(0);
    expect(value('kyok_reconciler_lag_seconds')).toBe(0);
    expect(value('kyok_hsm_sealed')).toBe(0);
    expect(value('kyok_hsm_units', { state: 'running' })).toBe(1);
    expect(value('kyok_expiring', { kind: 'tls-certificate', within_days: '30' })).toBe(1);
    expect(value('kyok_listener_certificate_expiry_seconds')).toBe(Date.parse('2030-01-21T00:00:00.000Z') / 1000);
    expect(value('kyok_audit_events_total')).toBeGreaterThan(10);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(samples.some(({ name }) => name === 'nodejs_eventloop_lag_seconds')).toBe(true);
    const told = new Set([...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name));
    expect(
      samples.map(({ name }) => name).filter((name) => !told.has(name) && !told.has(name.replace(/_(bucket|sum|count)$/, ''))),
    ).toEqual([]);
  });

  it('counts histograms cumulatively up to +Inf', async () => {
    const taken = measurements();
    for (const seconds of [0.0001, 0.003, 0.003, 99]) taken.observe('operationSeconds', ['sign'], seconds);
    const [series] = taken.taken()[0]?.series ?? [];
    expect(series?.buckets?.slice(0, 4)).toEqual([1, 1, 1, 3]);
    expect(series?.buckets?.at(-1)).toBe(4);
    expect(series?.value).toBeCloseTo(99.0061);
    const samples = samplesOf(await (await scrape()).text()).filter(
      ({ name, labels }) => name.startsWith('kyok_operation_seconds') && labels['operation'] === 'createVault',
    );
    const buckets = samples.filter(({ name }) => name.endsWith('_bucket')).map(({ value }) => value);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(samples.find(({ labels }) => labels['le'] === '+Inf')?.value).toBe(samples.find(({ name }) => name.endsWith('_count'))?.value);
  });

  it('S4: tells nothing without credentials, or to who may not read metrics', async () => {
    for (const [bearer, status] of [
      [null, 401],
      ['wrong', 401],
      [await server.tokenOf(await server.callOf(['Reader'])), 403],
      [await server.tokenOf(await server.callOf(['Monitor'], { kind: 'VAULT', id: own.vault.id })), 403],
    ] as const) {
      const response = await scrape(bearer);
      expect(response.status).toBe(status);
      expect(await response.text()).not.toContain('kyok_');
    }
    const { errors } = await server.ask('{ vaults { edges { node { id } } } }', {}, token);
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('S12: holds no name, id or address of anything that a tenant owns', async () => {
    const text = await (await scrape()).text();
    const ids = [own.vault.id, own.keystore.id, own.template.id, ...Object.values(own.keys).map(({ id }) => id), server.admin.principal.id];
    for (const secret of [...ids, 'Tenant-with-a-secret-name', 'deactivated"', 'secret-host', '127.0.0.1', server.adminToken])
      expect(text).not.toContain(secret);
    // A key more makes no series more: labels are words of closed sets.
    const shape = (metrics: string) => new Set(samplesOf(metrics).map(({ name, labels }) => `${name}${JSON.stringify(labels)}`));
    const look = async () => shape(await expositionText(await observed(server.estate)));
    const before = await look();
    const template = { key: { algorithm: 'AES', size: '256' }, targets: [{ keystoreType: 'internal', group: 'ring' }] };
    await perform(server.estate, server.admin, createManagedKey, { vaultId: own.vault.id, label: 'one-more', template });
    await reconciler(server.estate).settle();
    expect(before.size).toBeGreaterThan(20);
    expect(await look()).toEqual(before);
  });

  it('is in the audit log once an hour per caller, and each time it was refused', async () => {
    const monitor = await server.callOf(['Monitor']);
    const bearer = await server.tokenOf(monitor);
    const stranger = await server.callOf(['Reader']);
    const strangers = await server.tokenOf(stranger);
    const recorded = async (principalId: string) =>
      (await server.estate.store.audit.list({ principalId, action: 'instance.read-metrics' }, { limit: 100 })).length;
    for (let i = 0; i < 5; i += 1) await scrape(bearer);
    expect(await recorded(monitor.principal.id)).toBe(1);
    server.clock.advance(3600);
    await scrape(bearer);
    expect(await recorded(monitor.principal.id)).toBe(2);
    for (let i = 0; i < 3; i += 1) await scrape(strangers);
    expect(await recorded(stranger.principal.id)).toBe(3);
  });
});

describe('the table of metrics', () => {
  it('is the documented one', async () => {
    await expect(metricsDocument()).toMatchFileSnapshot('../../../docs/metrics.md');
  });

  it.each(Object.entries<MetricDescriptor>(metricTable))('%s follows the conventions', (name, { kind, labels, text, bounds = [] }) => {
    expect(prometheusName(name, kind)).toMatch(/^kyok_[a-z]+(_[a-z]+)*$/);
    expect(text).toMatch(/^[A-Z].*\.$/);
    for (const label of labels) expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(bounds).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
    expect(labels.filter((label) => /(^|_)(id|key|vault|principal|name|address)$/.test(label))).toEqual([]);
  });
});
