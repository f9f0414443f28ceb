/** The command against a real server: what the README says with both as processes, the rest of it from this process. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kyok as command } from './fake-server.js';
import { kyokProcess, type RealServer, realServer } from './real-server.js';

describe('kyok with a real server', () => {
  const folder = mkdtempSync('/tmp/kyok-e2e-');
  let server: RealServer;
  beforeAll(async () => {
    server = await realServer();
  });
  afterAll(async () => {
    if (server) expect(await server.stop()).toBe(0);
  });

  async function kyok(...args: string[]): Promise<string> {
    const ran = await command(args, { env: server.env });
    expect(ran.code, `${args.join(' ')}: ${ran.err}`).toBe(0);
    return ran.text;
  }
  const refused = (...args: string[]) => command(args, { env: server.env });

  async function asProcess(...args: string[]): Promise<string> {
    const ran = await kyokProcess(args, server.env);
    expect(ran.code, `${args.join(' ')}: ${ran.err}`).toBe(0);
    return ran.out;
  }

  it('does what the README says', async () => {
    expect(await asProcess('status')).toContain(server.endpoint);
    expect(await asProcess('hsm', 'status')).toContain('1: open');
    await asProcess('vault', 'create', '--name', 'Payments');
    await asProcess('keystore', 'create', '--vault', 'Payments', '--type', 'internal', '--name', 'tokens');
    await asProcess(
      'template',
      'create',
      '--vault',
      'Payments',
      '--name',
      'aes',
      '--algorithm',
      'AES',
      '--size',
      '256',
      '--target',
      'internal:tokens',
    );
    await asProcess('key', 'create', '--vault', 'Payments', '--template', 'aes', '--label', 'first-key');
    const file = join(folder, 'hello.txt');
    writeFileSync(file, 'hello\n');
    await asProcess('encrypt', file, '--key', 'Payments/first-key');
    expect(await asProcess('decrypt', `${file}.age`, '--out', '-')).toBe('hello\n');
    const encrypted = join(folder, 'hello.enc');
    await asProcess('key', 'encrypt', 'Payments/first-key', '--text', 'hello', '--out', encrypted);
    expect(await asProcess('key', 'decrypt', 'Payments/first-key', '--in', encrypted)).toBe('hello');
    expect(await asProcess('audit', 'list')).toContain('managed-key.create');
  });

  it('walks a key through its life', async () => {
    const key = 'Payments/first-key';
    const encrypted = join(folder, 'hello.enc');
    expect(await kyok('key', 'rotate', key)).toMatch(/ACTIVE\s+2/);
    const rewrapped = await kyok('rewrap', key, '--in', encrypted);
    expect(await kyok('key', 'decrypt', key, '--base64', rewrapped.trim())).toBe('hello');
    expect(await kyok('key', 'versions', key)).toMatch(/VERSION/);
    expect(await kyok('key', 'instances', key)).toContain('ACTIVE');
    await kyok('key', 'deactivate', key);
    expect(await refused('key', 'encrypt', key, '--text', 'no')).toMatchObject({ code: 5 });
    expect(await kyok('key', 'decrypt', key, '--in', encrypted)).toBe('hello');
    await kyok('key', 'activate', key);
    await kyok('key', 'update', key, '--description', 'the first', '--tag', 'team=cards');
    expect(await kyok('key', 'show', key)).toContain('team=cards');
    expect(await refused('key', 'deactivate', key, '--revision', '1')).toMatchObject({ code: 5 });
  });

  it('imports material that only left this machine wrapped', async () => {
    const secret = join(folder, 'secret.bin');
    writeFileSync(secret, Buffer.alloc(32, 9));
    const made = await kyok('key', 'import', secret, '--vault', 'Payments', '--template', 'aes', '--label', 'imported', '--output', 'json');
    expect(JSON.parse(made)).toMatchObject({ label: 'imported', algorithm: 'AES' });
    const encrypted = await kyok('key', 'encrypt', 'Payments/imported', '--text', 'x');
    expect(await kyok('key', 'decrypt', 'Payments/imported', '--base64', encrypted.trim())).toBe('x');
  });

  it('signs and verifies, and makes MACs and random bytes', async () => {
    const own = ['--vault', 'Payments', '--target', 'internal:tokens'];
    await kyok('key', 'create', ...own, '--label', 'signer', '--algorithm', 'EC', '--size', 'P-256');
    await kyok('key', 'create', ...own, '--label', 'mac', '--algorithm', 'HMAC', '--size', '256');
    const signature = (await kyok('sign', 'Payments/signer', '--text', 'contract')).trim();
    expect(await kyok('verify', 'Payments/signer', '--text', 'contract', '--signature', signature)).toBe('valid\n');
    const forged = await refused('verify', 'Payments/signer', '--text', 'Contract', '--signature', signature);
    expect(forged).toMatchObject({ code: 8, text: 'not valid\n' });
    const mac = (await kyok('mac', 'Payments/mac', '--text', 'order')).trim();
    expect(await kyok('verify-mac', 'Payments/mac', '--text', 'order', '--mac', mac)).toBe('valid\n');
    expect(Buffer.from(await kyok('random', '--length', '48'), 'base64').length).toBe(48);
  });

  it('gives people rights and keys of their own', async () => {
    await kyok('principal', 'create', '--name', 'auditor', '--kind', 'USER');
    const keyFile = join(folder, 'auditor.key');
    await kyok('api-key', 'create', '--principal', 'auditor', '--name', 'laptop', '--out', keyFile);
    const asAuditor = (...args: string[]) => refused(...args, '--api-key-file', keyFile);
    expect((await asAuditor('vault', 'show', 'Payments')).code).not.toBe(0);
    await kyok('role-binding', 'create', '--principal', 'auditor', '--role', 'Reader', '--scope', 'VAULT', '--on', 'Payments');
    const keys = JSON.parse(await kyok('api-key', 'list', '--principal', 'auditor', '--output', 'json')) as [{ id: string }];
    expect(keys.length).toBe(1);
    await kyok('api-key', 'revoke', keys[0].id, '--yes');
    expect(await asAuditor('vault', 'list')).toMatchObject({ code: 3 });
  });

  it('proves the audit log offline', async () => {
    const file = join(folder, 'audit.jsonl');
    const { publicKey, events } = JSON.parse(await kyok('audit', 'export', file, '--output', 'json')) as {
      publicKey: string;
      events: number;
    };
    expect(events).toBeGreaterThan(20);
    const offline = await command(['audit', 'verify', file, '--public-key', publicKey]);
    expect(offline).toMatchObject({ code: 0, err: '' });
    expect(await kyok('audit', 'consistency-proof', '5', String(events))).toMatch(/verified\s+yes/);
    expect(await kyok('audit', 'inclusion-proof', '3')).toMatch(/verified\s+yes/);
  });

  it('refuses a wrong API key in one line', async () => {
    const wrong = await command(['status'], { env: { ...server.env, KYOK_API_KEY: 'kyok_wrong' } });
    expect(wrong).toMatchObject({ code: 3, text: '' });
    expect(wrong.err.trimEnd().split('\n').length).toBe(1);
  });

  it('destroys an estate in one run', async () => {
    await kyok('key', 'destroy', 'Payments/first-key', 'Payments/imported', 'Payments/signer', 'Payments/mac', '--yes');
    await kyok('keystore', 'delete', 'Payments/tokens', '--yes');
    for (const name of JSON.parse(await kyok('template', 'list', '--vault', 'Payments', '--output', 'json')) as { id: string }[])
      await kyok('template', 'archive', name.id);
    await kyok('vault', 'delete', 'Payments', '--yes');
    expect(JSON.parse(await kyok('vault', 'list', '--output', 'json'))).toEqual([]);
  });
}, 120_000);
