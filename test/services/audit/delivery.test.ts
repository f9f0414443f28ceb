/** The audit log on its way to sinks: in order, without gaps, across restarts and outages; and what waits for it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { AuditRecord } from '../../../src/domain/audit-event.js';
import { type ExportLine, verifyExport } from '../../../src/domain/audit-export.js';
import { treeRoot } from '../../../src/domain/audit-log.js';
import { auditDelivery, type DeliveryOptions, type RunningDelivery } from '../../../src/services/audit/delivery/audit-delivery.js';
import { settling } from '../../../src/services/audit/delivery/settling.js';
import { encrypt } from '../../../src/services/crypto/encrypt.js';
import { instance } from '../../../src/services/instance/get.js';
import { metrics } from '../../../src/services/metrics/read.js';
import { perform } from '../../../src/services/perform.js';
import { createVault } from '../../../src/services/vaults/create.js';
import { vaults } from '../../../src/services/vaults/list.js';
import type { AuditSink } from '../../../src/sinks/contract.js';
import { fileSink } from '../../../src/sinks/file/file-sink.js';
import { syslogSink } from '../../../src/sinks/syslog/syslog-sink.js';
import { type TestEstate, testEstate } from '../../fakes/estate.js';
import { type KeyWorld, keyWorld, refusalOf } from '../../fakes/key-world.js';
import { indexOf, type Receiver, tcpReceiver } from '../../sinks/receivers.js';

/** A sink in memory that does what the test says. */
function testSink(fields: Partial<AuditSink> = {}) {
  const taken: AuditRecord[] = [];
  const state = { isDown: false, holdBack: undefined as Promise<void> | undefined };
  const check = () => {
    if (state.isDown) throw new Error('the test took it down');
  };
  const sink: AuditSink = {
    name: 'syslog',
    settlesInSeconds: 0,
    deliver: async (records) => {
      check();
      await state.holdBack;
      check();
      taken.push(...records);
    },
    probe: async () => check(),
    reopen: async () => {},
    close: async () => {},
    ...fields,
  };
  return { sink, taken, state };
}

const quick = { probeEvery: 10, longestWait: 300, saveEvery: 0, backOff: { firstSeconds: 0.01, longestSeconds: 0.05 } };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function world(options: DeliveryOptions): Promise<TestEstate & { delivery: RunningDelivery }> {
  let delivery: RunningDelivery | undefined;
  const made = await testEstate({
    delivery: (foundation) => {
      delivery = auditDelivery(foundation, { timing: quick, ...options });
      return delivery;
    },
  });
  open.push(made);
  if (!delivery) throw new Error('no delivery');
  const started = delivery;
  open.push({ close: () => started.stop() });
  await started.start();
  return { ...made, delivery: started };
}

const newVault = async ({ estate, admin }: TestEstate, name: string) => await perform(estate, admin, createVault, { name });
const indexes = (records: readonly AuditRecord[]) => records.map(({ index }) => index);
const upTo = (size: number) => Array.from({ length: size }, (_, index) => index);
const soon = { timeout: 20_000 };

describe('a sink', () => {
  it('gets the whole log, in order, and what happens from then on', async () => {
    const { sink, taken } = testSink();
    const at = await world({ sinks: [sink], required: [] });
    for (let i = 0; i < 20; i += 1) await newVault(at, `vault ${i}`);
    await vi.waitFor(async () => expect(indexes(taken)).toEqual(upTo(await at.estate.store.audit.size())), soon);
    expect(taken.some(({ event }) => event.action === 'vault.create')).toBe(true);
  });

  it('that is optional and down slows nobody, and catches up; the outage and its end are in the log', async () => {
    const { sink, taken, state } = testSink();
    const at = await world({ sinks: [sink], required: [] });
    state.isDown = true;
    for (let i = 0; i < 5; i += 1) await newVault(at, `vault ${i}`);
    await vi.waitFor(() => expect(at.delivery.states()).toMatchObject([{ name: 'syslog', up: false, required: false }]), soon);
    await newVault(at, 'meanwhile');
    expect(at.delivery.states()[0]?.backlog).toBeGreaterThan(0);
    state.isDown = false;
    await vi.waitFor(async () => expect(indexes(taken)).toEqual(upTo(await at.estate.store.audit.size())), soon);
    const told = async () => (await at.audit()).map(({ event }) => event.action).filter((action) => action.startsWith('audit-sink.'));
    await vi.waitFor(async () => expect(await told()).toEqual(['audit-sink.fail', 'audit-sink.recover']), soon);
  });

  it('goes on after a restart where it stopped, and lacks nothing', async () => {
    const first = testSink();
    const at = await world({ sinks: [first.sink], required: [] });
    await newVault(at, 'before');
    await vi.waitFor(async () => expect(first.taken.length).toBe(await at.estate.store.audit.size()), soon);
    await at.delivery.stop();
    await newVault(at, 'in between');
    const second = testSink();
    const again = auditDelivery(at.estate, { sinks: [second.sink], required: [], timing: quick });
    await again.start();
    await vi.waitFor(
      async () => expect([...indexes(first.taken), ...indexes(second.taken)]).toEqual(upTo(await at.estate.store.audit.size())),
      soon,
    );
    await again.stop();
  });

  it('that acknowledges nothing gets again what was lately on its way when it broke', async () => {
    const { sink, taken, state } = testSink({ settlesInSeconds: 60 });
    const at = await world({ sinks: [sink], required: [] });
    await newVault(at, 'one');
    await vi.waitFor(async () => expect(taken.length).toBe(await at.estate.store.audit.size()), soon);
    state.isDown = true;
    await newVault(at, 'two');
    await vi.waitFor(() => expect(at.delivery.states()[0]?.up).toBe(false), soon);
    const before = taken.length;
    state.isDown = false;
    await vi.waitFor(async () => expect(indexes(taken.slice(before))).toEqual(upTo(await at.estate.store.audit.size())), soon);
  });

  it('never holds more than one batch of a long backlog', async () => {
    const sizes: number[] = [];
    const { sink } = testSink({
      deliver: async (records) => {
        sizes.push(records.length);
      },
    });
    const made = await testEstate();
    open.push(made);
    const call = made.admin;
    await Promise.all(upTo(600).map(() => perform(made.estate, call, instance, {})));
    const delivery = auditDelivery(made.estate, { sinks: [sink], required: [], timing: quick });
    await delivery.start();
    await vi.waitFor(() => expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(600), soon);
    await delivery.stop();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256);
  });
});

describe('settling', () => {
  it('is certain of what was taken long enough ago, and begins again from there', () => {
    let now = 0;
    const place = settling(5, 30, () => now);
    place.took(10);
    now = 20_000;
    place.took(20);
    expect(place.settled()).toBe(5);
    now = 30_000;
    expect(place.settled()).toBe(10);
    expect(place.rewind()).toBe(10);
    now = 90_000;
    expect(place.settled()).toBe(10);
  });

  it('needs little memory however often it is told', () => {
    let now = 0;
    const place = settling(0, 30, () => now);
    for (let next = 1; next <= 10_000; next += 1) {
      now += 1;
      place.took(next);
    }
    expect(place.settled()).toBe(0);
    now += 30_000;
    expect(place.settled()).toBe(10_000);
  });
});

describe('S15: a required audit sink', () => {
  it('that is down refuses reads, changes and uses before they do anything, and names itself', async () => {
    const { sink, state } = testSink();
    const at = await world({ sinks: [sink], required: ['syslog'] });
    await newVault(at, 'before');
    state.isDown = true;
    await vi.waitFor(() => expect(at.delivery.states()[0]?.up).toBe(false), soon);
    const size = await at.estate.store.audit.size();
    const refusal = await newVault(at, 'refused').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'AUDIT_UNAVAILABLE', details: { sink: 'syslog' } });
    expect(await refusalOf(perform(at.estate, at.admin, vaults, {}))).toBe('AUDIT_UNAVAILABLE');
    expect(await at.estate.store.read.count('vault', { name: { eq: 'refused' } })).toBe(0);
    expect(await at.estate.store.audit.size()).toBe(size);
    // Whoever watches the server still sees what is wrong.
    expect(await perform(at.estate, await at.callOf(['Monitor']), metrics, {})).toContainEqual({
      name: 'auditSinkUp',
      series: [{ labels: ['syslog', 'yes'], value: 0 }],
    });
    state.isDown = false;
    await vi.waitFor(() => expect(at.delivery.states()[0]?.up).toBe(true), soon);
    await newVault(at, 'after');
  });

  it('counts as down until it was reached', async () => {
    const { sink } = testSink();
    const made = await testEstate({ delivery: (foundation) => auditDelivery(foundation, { sinks: [sink], required: ['syslog'] }) });
    open.push(made);
    expect(await refusalOf(newVault(made, 'early'))).toBe('AUDIT_UNAVAILABLE');
  });

  it('that hangs withholds what a key has made until it has the event, and refuses it in the end', async () => {
    const { sink, taken, state } = testSink();
    const at = await keyWorldWith({ sinks: [sink], required: ['syslog'] });
    const key = await at.newKey('AES', '256');
    await at.reconciler.settle();
    const use = async () => await at.perform(encrypt, { keyId: key.id, items: [{ plaintext: new Uint8Array(16) }] });
    await use();
    const last = (await at.audit()).at(-1);
    expect(last?.event.action).toBe('managed-key.encrypt');
    expect(taken.at(-1)?.index).toBe(last?.index);
    let release = () => {};
    state.holdBack = new Promise((resolve) => {
      release = resolve;
    });
    expect(await refusalOf(use())).toBe('AUDIT_UNAVAILABLE');
    // A change is done once it is committed, and says so; its event follows from the log.
    await at.perform(createVault, { name: 'done' });
    release();
    await vi.waitFor(async () => expect(indexes(taken)).toEqual(upTo(await at.estate.store.audit.size())), soon);
    await use();
  });
});

async function keyWorldWith(options: DeliveryOptions): Promise<KeyWorld> {
  let delivery: RunningDelivery | undefined;
  const at = await keyWorld({
    delivery: (foundation) => {
      delivery = auditDelivery(foundation, { timing: quick, ...options });
      // The world is made before a test begins: its first operations need the sink to be reached.
      void delivery.start();
      return { ...delivery, refuseWhileDown: () => {} };
    },
  });
  open.push(at, { close: async () => await delivery?.stop() });
  return at;
}

describe('real sinks', () => {
  it('a file and a TCP receiver that dies and comes back: no gap, no reordering, and the file proves itself', async () => {
    let receiver: Receiver = await tcpReceiver();
    const address = { protocol: 'tcp', host: '127.0.0.1', port: receiver.port } as const;
    const made = await testEstate();
    open.push(made);
    const path = join(made.folder, 'audit.jsonl');
    const sinks = () => [fileSink({ path }), syslogSink({ address, version: '1' })];
    const estateWith = (delivery: RunningDelivery) => ({ ...made.estate, delivery });
    const first = auditDelivery(made.estate, { sinks: sinks(), required: ['file', 'syslog'], timing: quick });
    await first.start();
    const create = async (delivery: RunningDelivery, name: string) =>
      await perform(estateWith(delivery), made.admin, createVault, { name });
    for (let i = 0; i < 50; i += 1) await create(first, `before ${i}`);
    const before = receiver;
    await receiver.kill();
    await vi.waitFor(async () => expect(await refusalOf(create(first, 'refused'))).toBe('AUDIT_UNAVAILABLE'), soon);
    expect(first.states()).toMatchObject([
      { name: 'file', up: true },
      { name: 'syslog', up: false },
    ]);
    receiver = await tcpReceiver(address.port);
    await vi.waitFor(async () => expect(await refusalOf(create(first, 'after'))).toBe('NOT_REFUSED'), soon);
    await first.stop();
    // A restart in between: another process would do the same.
    const second = auditDelivery(made.estate, { sinks: sinks(), required: ['file', 'syslog'], timing: quick });
    await second.start();
    for (let i = 0; i < 50; i += 1) await create(second, `again ${i}`);
    const size = await made.estate.store.audit.size();
    await vi.waitFor(() => expect(second.states().map(({ backlog }) => backlog)).toEqual([0, 0]), soon);
    await second.stop();
    await receiver.kill();

    const came = [...before.messages, ...receiver.messages].map(indexOf);
    expect(new Set(came)).toEqual(new Set(upTo(size)));
    // In order but for what was sent again: a receiver that leaves out what it has sees every event once, in order.
    expect(came.filter((index, place) => index > Math.max(-1, ...came.slice(0, place)))).toEqual(upTo(size));
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ExportLine);
    const root = await treeRoot(size, (level, position) => made.estate.store.audit.node(level, position));
    expect(await verifyExport(lines, { size, root })).toEqual({ ok: true, size });
  });

  it('a full disk is a sink that is down', async () => {
    const at = await world({ sinks: [fileSink({ path: '/dev/full' })], required: ['file'] });
    expect(await refusalOf(newVault(at, 'refused'))).toBe('NOT_REFUSED');
    await vi.waitFor(() => expect(at.delivery.states()[0]?.up).toBe(false), soon);
    expect(await refusalOf(newVault(at, 'refused as well'))).toBe('AUDIT_UNAVAILABLE');
  });
});

describe('stopping', () => {
  it('waits for no sink that hangs', async () => {
    const { sink, state } = testSink();
    const at = await world({ sinks: [sink], required: [] });
    state.holdBack = new Promise(() => {});
    await newVault(at, 'one');
    const since = performance.now();
    await at.delivery.stop();
    expect(performance.now() - since).toBeLessThan(20_000);
  });
});
