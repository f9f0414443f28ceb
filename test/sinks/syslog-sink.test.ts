import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { auditLine } from '../../src/domain/audit-line.js';
import { localOrigin, maxDatagramBytes, syslogDatagram, syslogFrame, syslogMessage } from '../../src/sinks/syslog/message.js';
import { type SyslogAddress, type SyslogSinkOptions, syslogSink } from '../../src/sinks/syslog/syslog-sink.js';
import { describeWith } from '../programs.js';
import { certificates, hasOpenssl } from './certificates.js';
import { indexOf, parsed, type Receiver, tcpReceiver, tlsReceiver, udpReceiver, unixReceiver } from './receivers.js';
import { auditRecord } from './records.js';

const origin = { hostname: 'keys.example.com', processId: 42, version: '1.2.3' };
const text = (record = auditRecord(7)) => syslogMessage(record, origin).toString('utf8');

describe('a message', () => {
  it('is RFC 5424 down to the letter', () => {
    const line = auditLine(auditRecord(7));
    expect(text()).toBe(
      `<110>1 2030-01-01T00:00:00.000Z keys.example.com kyok 42 managed-key.encrypt [origin software="kyok" swVersion="1.2.3"] ${line}`,
    );
    expect(localOrigin('1.2.3').processId).toBe(process.pid);
  });

  it.each([
    ['SUCCESS', 'NORMAL', 6],
    ['SUCCESS', 'WARNING', 5],
    ['SUCCESS', 'CRITICAL', 4],
    ['FAILURE', 'WARNING', 4],
    ['FAILURE', 'CRITICAL', 3],
    ['PENDING', 'CRITICAL', 4],
  ] as const)('of a %s that is %s has severity %i in facility 13', (outcome, severity, level) => {
    expect(parsed(text(auditRecord(0, { outcome, severity }))).priority).toBe(13 * 8 + level);
  });

  it('is one line of ASCII, whatever names hold, and gives them back', () => {
    const name = 'Zoë\n<34>1 forged 鍵 😀 \u2028';
    const record = auditRecord(1, { initiator: { ...auditRecord(1).event.initiator, name } });
    expect(text(record)).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(parsed(text(record)).message)).toMatchObject({ event: { initiator: { name } } });
    expect(parsed(syslogMessage(record, { ...origin, hostname: 'a b\n', version: '1"]' }).toString()).hostname).toBe('ab');
  });

  it('goes without details, then cut, where a datagram cannot hold it', () => {
    const long = auditRecord(3, { details: { input: 'x'.repeat(5000) } });
    const short = syslogDatagram(long, origin);
    expect(short.length).toBeLessThanOrEqual(maxDatagramBytes);
    expect(JSON.parse(parsed(short.toString()).message)).toMatchObject({
      index: 3,
      truncated: true,
      event: { action: 'managed-key.encrypt' },
    });
    const endless = auditRecord(4, { requestId: 'y'.repeat(5000) });
    expect(syslogDatagram(endless, origin)).toHaveLength(maxDatagramBytes);
    expect(syslogFrame(long, origin).toString()).toMatch(new RegExp(`^${syslogMessage(long, origin).length} <110>1 `));
  });
});

const open: { kill(): Promise<void> }[] = [];
const folder = mkdtempSync(join(tmpdir(), 'kyok-syslog-'));
afterEach(async () => {
  for (const one of open.splice(0)) await one.kill().catch(() => {});
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sinkTo(address: SyslogAddress, tls?: NonNullable<SyslogSinkOptions['tls']>) {
  const sink = syslogSink({ address, version: '1.2.3', ...(tls ? { tls } : {}) });
  open.push({ kill: () => sink.close() });
  return sink;
}
const kept = <R extends Receiver>(receiver: R): R => {
  open.push(receiver);
  return receiver;
};
const records = (from: number, count: number) => Array.from({ length: count }, (_, i) => auditRecord(from + i));
const arrived = async (receiver: Receiver, count: number) =>
  await vi.waitFor(() => expect(receiver.messages.map(indexOf)).toEqual(Array.from({ length: count }, (_, i) => i)), { timeout: 20_000 });

describe('the syslog sink', () => {
  it('sends to a TCP receiver in order, and again to one that came back', async () => {
    const first = kept(await tcpReceiver());
    const sink = sinkTo({ protocol: 'tcp', host: '127.0.0.1', port: first.port });
    await sink.deliver(records(0, 500));
    await sink.deliver(records(500, 500));
    await arrived(first, 1000);
    await first.kill();
    await vi.waitFor(
      async () => await expect(sink.probe()).rejects.toThrow(/tcp:\/\/127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/),
      {
        timeout: 20_000,
      },
    );
    const second = kept(await tcpReceiver(first.port));
    await sink.probe();
    await sink.deliver(records(0, 3));
    await arrived(second, 3);
  });

  it('sends to a unix stream socket', async () => {
    const path = join(folder, 'log.sock');
    const receiver = kept(await unixReceiver(path));
    await sinkTo({ protocol: 'unix', path }).deliver(records(0, 2));
    await arrived(receiver, 2);
  });

  it('sends datagrams, and notices on this machine that nobody takes them', async () => {
    const receiver = kept(await udpReceiver());
    const sink = sinkTo({ protocol: 'udp', host: '127.0.0.1', port: receiver.port });
    await sink.deliver(records(0, 20));
    await arrived(receiver, 20);
    await receiver.kill();
    await vi.waitFor(async () => await expect(sink.deliver(records(0, 1))).rejects.toThrow(/ECONNREFUSED/), { timeout: 20_000 });
  });
});

describeWith('openssl', hasOpenssl, 'the syslog sink over TLS', () => {
  it('sends to a receiver whose certificate its authority signed, and to nobody else', async () => {
    const { ca, server, stranger, client } = certificates(folder);
    const receiver = kept(await tlsReceiver({ ...server, ca, requestCert: true, rejectUnauthorized: true }));
    const address = { protocol: 'tls', host: '127.0.0.1', port: receiver.port } as const;
    await sinkTo(address, { ca, ...client }).deliver(records(0, 10));
    await arrived(receiver, 10);

    const forged = kept(await tlsReceiver(stranger));
    await expect(sinkTo({ ...address, port: forged.port }, { ca }).deliver(records(0, 1))).rejects.toThrow(/cannot be reached/);
    await expect(sinkTo(address).deliver(records(0, 1))).rejects.toThrow(/cannot be reached/);
    expect(forged.messages).toEqual([]);
    expect(new X509Certificate(server.cert).subject).toContain('syslog');
  });
});
