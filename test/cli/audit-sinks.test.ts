/** The built server with a required file and a required syslog receiver: outage, rotation, kill -9. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { indexOf, tcpReceiver } from '../sinks/receivers.js';
import { kyok as command } from './fake-server.js';
import { realServer } from './real-server.js';

const soon = { timeout: 30_000, interval: 100 };

describe('a server with required audit sinks', () => {
  it('refuses while a receiver is away, says so at /readyz, and loses nothing over rotation and kill -9', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kyok-sinks-'));
    const path = join(folder, 'audit.jsonl');
    let receiver = await tcpReceiver();
    const messages = [receiver.messages];
    const settings = {
      KYOK_DATA_DIR: join(folder, 'data'),
      KYOK_AUDIT_FILE: path,
      KYOK_AUDIT_SYSLOG: `tcp://127.0.0.1:${receiver.port}`,
      KYOK_AUDIT_REQUIRED_SINKS: 'file,syslog',
    };
    const first = await realServer(settings);
    const ready = async (endpoint: string) => (await (await fetch(`${endpoint}/readyz`)).json()) as unknown;
    expect(await ready(first.endpoint)).toEqual({ ready: true });
    expect(await command(['vault', 'create', '--name', 'Before'], { env: first.env })).toMatchObject({ code: 0 });

    await receiver.kill();
    await vi.waitFor(async () => expect(await ready(first.endpoint)).toEqual({ ready: false, reason: 'audit', sink: 'syslog' }), soon);
    const refused = await command(['vault', 'list'], { env: first.env });
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('/readyz says which');
    expect((await fetch(`${first.endpoint}/healthz`)).status).toBe(200);
    receiver = await tcpReceiver(receiver.port);
    messages.push(receiver.messages);
    await vi.waitFor(async () => expect(await ready(first.endpoint)).toEqual({ ready: true }), soon);

    renameSync(path, `${path}.1`);
    first.process.kill('SIGHUP');
    await vi.waitFor(() => expect(existsSync(path)).toBe(true), soon);
    expect(await command(['vault', 'create', '--name', 'After'], { env: first.env })).toMatchObject({ code: 0 });
    first.process.kill('SIGKILL');
    await new Promise((resolve) => first.process.once('exit', resolve));

    const second = await realServer(settings);
    expect(await command(['vault', 'create', '--name', 'Again'], { env: second.env })).toMatchObject({ code: 0 });
    const shown = await command(['expiring', '--within', '90', '--output', 'json'], { env: second.env });
    expect(shown).toMatchObject({ code: 0, text: '[]\n' });
    const size = await provenSize([`${path}.1`, path], folder, second.env);
    await vi.waitFor(() => expect([...indexesIn(`${path}.1`), ...indexesIn(path)].length).toBeGreaterThanOrEqual(size), soon);
    const came = () => messages.flat().map(indexOf);
    await vi.waitFor(() => expect(Math.max(...came())).toBeGreaterThanOrEqual(size - 1), soon);
    expect(await second.stop()).toBe(0);
    await receiver.kill();

    const inFiles = [...indexesIn(`${path}.1`), ...indexesIn(path)];
    expect(inFiles).toEqual(inFiles.map((_, index) => index));
    const firstTime = came().filter((index, place, all) => all.indexOf(index) === place);
    expect(firstTime).toEqual(firstTime.map((_, index) => index));
    rmSync(folder, { recursive: true, force: true });
  });
}, 120_000);

/** Proves the files, one after the other, against a checkpoint of the server's as anybody would; answers its size. */
async function provenSize(files: readonly string[], folder: string, env: Record<string, string>): Promise<number> {
  const [copy, note] = [join(folder, 'copy.jsonl'), join(folder, 'checkpoint')];
  const made = await command(['audit', 'checkpoint', '--output', 'json'], { env });
  const checkpoint = JSON.parse(made.text) as { note: string; size: number; publicKey: string };
  await vi.waitFor(() => expect(files.flatMap(indexesIn).length).toBeGreaterThanOrEqual(checkpoint.size), soon);
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trimEnd().split('\n'));
  writeFileSync(copy, `${lines.slice(0, checkpoint.size).join('\n')}\n`);
  writeFileSync(note, checkpoint.note);
  const verify = ['audit', 'verify', copy, '--checkpoint', note, '--public-key', checkpoint.publicKey];
  expect(await command(verify, { env })).toMatchObject({ code: 0, err: '' });
  return checkpoint.size;
}

function indexesIn(file: string): number[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { index: number }).index);
}
