/** S30, the restore drill, with the server as a process: what was destroyed stays destroyed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { kyok as command, type Outcome } from '../cli/fake-server.js';
import { type RealServer, realServer } from '../cli/real-server.js';
import { describeWith } from '../programs.js';
import { hasPostgres, startPostgres } from '../store/postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'kyok-drill-'));
const identityFile = join(folder, 'identity.txt');
const deviceKeyFile = join(folder, 'device.key');
const dataDir = join(folder, 'data');
/** The device key lies where it belongs, away from the data folder: a lost data folder does not take it along. */
let settings: Record<string, string>;
let server: RealServer | undefined;
/** What was made before anything was lost. */
let apiKey: string;
let backupFile: string;
let publicKey: string;
const ciphertexts: Record<string, string> = {};

async function start(more: Record<string, string> = {}): Promise<void> {
  server = await realServer({ ...settings, ...more });
}

async function stop(): Promise<void> {
  const running = server;
  server = undefined;
  if (running) expect(await running.stop()).toBe(0);
}

async function attempt(...args: string[]): Promise<Outcome> {
  if (!server) throw new Error('no server runs');
  return await command(args, { env: { ...server.env, KYOK_API_KEY: apiKey } });
}

async function kyok(...args: string[]): Promise<string> {
  const ran = await attempt(...args);
  expect(ran.code, `${args.join(' ')}: ${ran.err}`).toBe(0);
  return ran.text;
}

async function json<T>(...args: string[]): Promise<T> {
  return JSON.parse(await kyok(...args, '--output', 'json')) as T;
}

/** A command without a server, with the settings of one. */
async function offline(more: Record<string, string>, ...args: string[]): Promise<Outcome> {
  return await command(args, { env: { ...settings, ...more } });
}

async function makeEstate(): Promise<void> {
  apiKey = readFileSync(join(dataDir, 'admin.key'), 'utf8').trim();
  await kyok('vault', 'create', '--name', 'Drill');
  await kyok('keystore', 'create', '--vault', 'Drill', '--type', 'internal', '--name', 'ring');
  const target = ['--target', 'internal:ring'];
  await kyok('template', 'create', '--vault', 'Drill', '--name', 'aes', '--algorithm', 'AES', '--size', '256', ...target);
  await makeKey('kept');
  await makeKey('destroyed-since');
  publicKey = (await json<{ publicKey: string }>('audit', 'checkpoint')).publicKey;
}

async function makeKey(label: string): Promise<void> {
  await kyok('key', 'create', '--vault', 'Drill', '--template', 'aes', '--label', label);
  ciphertexts[label] = (await kyok('key', 'encrypt', `Drill/${label}`, '--text', `secret of ${label}`)).trim();
}

async function stateOf(label: string): Promise<string> {
  return (await json<{ state: string }>('key', 'show', `Drill/${label}`)).state;
}

async function decrypts(label: string): Promise<string> {
  return await kyok('key', 'decrypt', `Drill/${label}`, '--base64', ciphertexts[label] ?? '');
}

interface Told {
  readonly details: Readonly<Record<string, unknown>>;
  readonly target: { readonly name: string | null };
}

async function auditOf(action: string): Promise<readonly Told[]> {
  const query = `{ auditEvents(first: 50, filter: { action: "${action}" }) { edges { node { details target { name } } } } }`;
  const answer = await fetch(`${server?.endpoint}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data } = (await answer.json()) as { data: { auditEvents: { edges: { node: Told }[] } } };
  return data.auditEvents.edges.map(({ node }) => node);
}

async function expectProvenLog(): Promise<void> {
  const file = join(folder, `audit-${Date.now()}.jsonl`);
  await kyok('audit', 'export', file);
  await kyok('audit', 'verify', file, '--public-key', publicKey);
}

beforeAll(async () => {
  const made = await command(['backup', 'keygen', identityFile]);
  expect(made.code, made.err).toBe(0);
  const recipient = /age1[0-9a-z]+/.exec(made.text)?.[0] ?? '';
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(deviceKeyFile, Buffer.alloc(32, 7).toString('hex'), { mode: 0o600 });
  settings = { KYOK_DATA_DIR: dataDir, KYOK_HSM_DEVICE_KEY_FILE: deviceKeyFile, KYOK_BACKUP_RECIPIENT: recipient };
});
afterEach(async () => await stop());
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('S30: a restored backup yields no key that was destroyed since', () => {
  it('a backup is made while the server runs, and verifies without it', async () => {
    await start();
    await makeEstate();
    const backup = await json<{ path: string; size: number }>('backup', 'create');
    backupFile = backup.path;
    expect(statSync(backupFile).size).toBe(backup.size);
    const read = [backupFile, '--identity', identityFile];
    const verified = await command(['backup', 'verify', ...read, '--public-key', publicKey]);
    expect(verified.code, verified.err).toBe(0);
    expect(verified.text).toContain('2 managedKey');
    const refused = await offline({}, 'backup', 'restore', ...read, '--public-key', publicKey, '--replace', '--yes');
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('STORE_IN_USE') });
  }, 120_000);

  it('the estate goes on: one key is destroyed, another one is made', async () => {
    await start();
    await kyok('key', 'destroy', 'Drill/destroyed-since', '--yes');
    for (let tries = 0; (await stateOf('destroyed-since')) !== 'DESTROYED'; tries += 1) {
      expect(tries).toBeLessThan(60);
      await wait(500);
    }
    await makeKey('made-since');
  }, 180_000);

  it('put back into its own place: the first key decrypts, the destroyed one refuses, the later one is gone, and the log says so', async () => {
    const restore = ['backup', 'restore', backupFile, '--identity', identityFile, '--public-key', publicKey, '--yes'];
    expect(await offline({}, ...restore)).toMatchObject({ code: 5, err: expect.stringContaining('DATABASE_NOT_EMPTY') });
    const restored = await offline({}, ...restore, '--replace');
    expect(restored.code, restored.err).toBe(0);
    expect(restored.err).toContain('stays');

    await start();
    expect(await decrypts('kept')).toBe('secret of kept');
    expect(await stateOf('destroyed-since')).toBe('DESTROYED');
    const refused = await attempt('key', 'decrypt', 'Drill/destroyed-since', '--base64', ciphertexts['destroyed-since'] ?? '');
    expect(refused.code, refused.err).not.toBe(0);
    expect((await attempt('key', 'show', 'Drill/made-since')).code).toBe(4);
    const [noted] = await auditOf('backup.restored');
    expect(noted?.details).toMatchObject({ backup: expect.stringMatching(/^kyok-.*\.age$/) });
    expect(noted?.details.lost).not.toBeNull();
    const ended = await auditOf('managed-key.end-destruction');
    expect(ended.map(({ target }) => target.name)).toContain('destroyed-since');
    await expectProvenLog();
  }, 180_000);

  it('the same database put in place by hand is refused: no key of it is used', async () => {
    const place = join(folder, 'by-hand');
    const restored = await offline({ KYOK_DATA_DIR: place }, 'backup', 'restore', backupFile, '--identity', identityFile, '--yes');
    expect(restored.code, restored.err).toBe(0);
    writeFileSync(join(dataDir, 'kyok.db'), readFileSync(join(place, 'kyok.db')));
    await expect(start()).rejects.toThrow(/AUDIT_ROLLED_BACK/);
  }, 180_000);

  it('with a lost data folder: a fresh one and the device key bring the estate back as it was', async () => {
    const place = join(folder, 'fresh');
    const more = { KYOK_DATA_DIR: place };
    const restored = await offline(more, 'backup', 'restore', backupFile, '--identity', identityFile, '--yes');
    expect(restored.code, restored.err).toBe(0);
    expect(restored.err).toContain('destroyed after it are alive again');
    await start(more);
    expect(await decrypts('kept')).toBe('secret of kept');
    expect(await auditOf('backup.restored')).toHaveLength(1);
    await expectProvenLog();
  }, 180_000);

  describeWith('PostgreSQL', hasPostgres, 'outgrown', () => {
    it('the estate moves to PostgreSQL, with the HSM state that knows what was destroyed', async () => {
      const postgres = await startPostgres();
      try {
        const place = join(folder, 'postgres');
        mkdirSync(join(place, 'hsm'), { recursive: true, mode: 0o700 });
        writeFileSync(join(place, 'hsm/sealed-state.json'), readFileSync(join(dataDir, 'hsm/sealed-state.json')), { mode: 0o600 });
        const more = { KYOK_DATA_DIR: place, KYOK_DATABASE_URL: await postgres.newDatabase() };
        const restored = await offline(more, 'backup', 'restore', backupFile, '--identity', identityFile, '--yes');
        expect(restored.code, restored.err).toBe(0);
        await start(more);
        expect(await decrypts('kept')).toBe('secret of kept');
        expect(await stateOf('destroyed-since')).toBe('DESTROYED');
        expect(await auditOf('backup.restored')).toHaveLength(1);
        await expectProvenLog();
      } finally {
        await stop();
        await postgres.stop();
      }
    }, 180_000);
  });
});
