/** Somebody else's receiver: Debian's rsyslog takes our messages over TCP and UDP and reads every part of them as RFC 5424 says. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { syslogSink } from '../../src/sinks/syslog/syslog-sink.js';
import { describeWith } from '../programs.js';
import { auditRecord } from './records.js';

const rsyslogd = '/usr/sbin/rsyslogd';

interface Received {
  readonly facility: string;
  readonly severity: string;
  readonly app: string;
  readonly action: string;
  readonly time: string;
  readonly data: string;
  readonly message: { readonly index: number; readonly event: object };
}

describeWith('rsyslog', existsSync(rsyslogd), 'rsyslog', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-rsyslog-'));
  const out = join(folder, 'received.jsonl');
  let port: number;
  let child: ChildProcess;

  beforeAll(async () => {
    port = await freePort();
    writeFileSync(join(folder, 'rsyslog.conf'), configuration(folder, port, out));
    child = spawn(rsyslogd, ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')], { stdio: 'ignore' });
    const sink = syslogSink({ address: { protocol: 'tcp', host: '127.0.0.1', port }, version: '0.0.0' });
    await vi.waitFor(async () => await sink.probe(), { timeout: 30_000, interval: 100 });
    await sink.close();
  });
  afterAll(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  const received = (): Received[] =>
    existsSync(out)
      ? readFileSync(out, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => {
            const { message, ...parts } = JSON.parse(line) as Omit<Received, 'message'> & { message: string };
            return { ...parts, message: JSON.parse(message) as Received['message'] };
          })
      : [];

  it.each(['tcp', 'udp'] as const)('reads header, structured data and text of messages over %s, none cut', async (protocol) => {
    const before = received().length;
    const name = 'Zoë\n鍵 "quoted" \\ ]';
    const records = Array.from({ length: 40 }, (_, index) =>
      auditRecord(index, {
        action: 'master-key.activate',
        severity: 'CRITICAL',
        initiator: { ...auditRecord(index).event.initiator, name },
        details: { input: 'x'.repeat(protocol === 'tcp' ? 20_000 : 200) },
      }),
    );
    const sink = syslogSink({ address: { protocol, host: '127.0.0.1', port }, version: '1.2.3' });
    await sink.deliver(records);
    await vi.waitFor(() => expect(received().length - before).toBe(40), { timeout: 30_000, interval: 100 });
    await sink.close();
    const mine = received().slice(before);
    expect(mine.map(({ message }) => message.index)).toEqual(records.map(({ index }) => index));
    expect(mine[0]).toMatchObject({
      facility: '13',
      severity: '4',
      app: 'kyok',
      action: 'master-key.activate',
      time: '2030-01-01T00:00:00.000Z',
      data: '[origin software="kyok" swVersion="1.2.3"]',
      message: { event: { initiator: { name } } },
    });
    for (const [place, record] of records.entries()) expect(mine[place]?.message.event).toEqual(record.event);
  });
});

function configuration(folder: string, port: number, out: string): string {
  const parts = {
    facility: 'syslogfacility',
    severity: 'syslogseverity',
    app: 'app-name',
    action: 'msgid',
    data: 'structured-data',
    message: 'msg',
  };
  const fields = Object.entries(parts).map(([field, name]) => `property(name="${name}" format="jsonf" outname="${field}")`);
  const time = 'property(name="timereported" dateFormat="rfc3339" format="jsonf" outname="time")';
  const comma = ' constant(value=",") ';
  return `
global(workDirectory="${folder}" maxMessageSize="64k")
module(load="imptcp") module(load="imudp")
template(name="parts" type="list" option.jsonf="off") { constant(value="{") ${[...fields, time].join(comma)} constant(value="}\\n") }
ruleset(name="all") { action(type="omfile" file="${out}" template="parts") }
input(type="imptcp" address="127.0.0.1" port="${port}" ruleset="all")
input(type="imudp" address="127.0.0.1" port="${port}" ruleset="all")
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
