/** S25 and S9: settings are known, well-formed and safe, or the server does not start and says which are not. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, settings } from '../src/config.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kyok-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A production environment that is safe; each test spoils one thing. */
function production(more: Record<string, string> = {}): Record<string, string> {
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  return { KYOK_PROFILE: 'production', KYOK_DATA_DIR: data, ...more };
}

function secretFile(name: string, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, 'secret');
  chmodSync(file, mode);
  return file;
}

describe('S25: unknown settings', () => {
  it.each(['KYOK_DATADIR', 'KYOK_LISTN', 'KYOK_'])('%s is refused by name', (name) => {
    expect(problemsOf({ [name]: 'x' })).toEqual([expect.stringContaining(name)]);
  });

  it('leaves names of other programs alone', () => {
    expect(problemsOf({ PATH: '/bin', KYOKO: 'x' })).toEqual([]);
  });

  it("admits clients' and tests' settings, so that an exported one stops nobody", () => {
    expect(problemsOf({ KYOK_ENDPOINT: 'http://127.0.0.1:4000', KYOK_API_KEY: 'kyok_x', KYOK_TEST_CHROMIUM: '/bin/chromium' })).toEqual([]);
  });

  it('names all that is wrong at once, and no value', () => {
    const problems = problemsOf({ KYOK_LISTEN: 'secret-host', KYOK_HSM_UNITS: '99', KYOK_LOG_LEVEL: 'loud', KYOK_WHAT: 'x' });
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toMatch(/secret-host|loud/);
  });
});

describe('defaults', () => {
  it('need no configuration in development, and have no waits', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ KYOK_PROFILE: 'development', KYOK_LISTEN: { host: '127.0.0.1', port: 4000 }, KYOK_HSM_UNITS: 1 });
    expect(config).toMatchObject({ KYOK_DESTROY_WAIT_SECONDS: 0, KYOK_ROTATION_WAIT_SECONDS: 0, KYOK_PENDING_DESTRUCTION_SECONDS: 0 });
  });

  it("have UKO's waits in production", () => {
    const config = loadConfig(production());
    expect(config).toMatchObject({ KYOK_DESTROY_WAIT_SECONDS: 14_400, KYOK_ROTATION_WAIT_SECONDS: 3_600, KYOK_INTROSPECTION: false });
  });

  it.each(Object.entries(settings))('%s has a default that its own rule admits', (_name, row) => {
    const defaults = 'byDefault' in row ? (typeof row.byDefault === 'string' ? [row.byDefault] : Object.values(row.byDefault)) : [];
    for (const text of defaults) expect(row.parse.safeParse(text).success).toBe(true);
  });
});

describe('S9: production refuses', () => {
  it.each([
    ['a listener that others reach without TLS', { KYOK_LISTEN: '0.0.0.0:4000' }, 'KYOK_LISTEN'],
    ['any origin', { KYOK_CORS_ORIGINS: '*' }, 'KYOK_CORS_ORIGINS'],
    ['an unencrypted origin', { KYOK_CORS_ORIGINS: 'http://play.example' }, 'KYOK_CORS_ORIGINS'],
    ['debug logs', { KYOK_LOG_LEVEL: 'debug' }, 'KYOK_LOG_LEVEL'],
    ['audit events in clear to another machine', { KYOK_AUDIT_SYSLOG: 'tcp://siem.example.com' }, 'KYOK_AUDIT_SYSLOG'],
    ['the same by datagrams', { KYOK_AUDIT_SYSLOG: 'udp://10.0.0.9:514' }, 'KYOK_AUDIT_SYSLOG'],
  ])('%s', (_what, more, name) => {
    expect(problemsOf(production(more))).toEqual([expect.stringContaining(name)]);
  });

  it('a data folder that is not there, or that others can read', () => {
    expect(problemsOf({ KYOK_PROFILE: 'production', KYOK_DATA_DIR: join(folder, 'none') })).toEqual([
      expect.stringContaining('KYOK_DATA_DIR'),
    ]);
    const env = production();
    chmodSync(join(folder, 'data'), 0o750);
    expect(problemsOf(env)).toEqual([expect.stringContaining('chmod 700')]);
  });

  it('key files that others can read', () => {
    const files = { KYOK_TLS_CERT_FILE: secretFile('cert.pem'), KYOK_TLS_KEY_FILE: secretFile('key.pem', 0o640) };
    expect(problemsOf(production(files))).toEqual([expect.stringContaining('KYOK_TLS_KEY_FILE')]);
  });

  it("a device key on the data folder's volume", () => {
    expect(problemsOf(production({ KYOK_HSM_DEVICE_KEY_FILE: secretFile('device.key') }))).toEqual([
      expect.stringContaining('KYOK_HSM_DEVICE_KEY_FILE'),
    ]);
  });

  it('nothing that is safe', () => {
    const files = { KYOK_TLS_CERT_FILE: secretFile('cert.pem'), KYOK_TLS_KEY_FILE: secretFile('key.pem') };
    expect(problemsOf(production({ ...files, KYOK_LISTEN: '0.0.0.0:4000', KYOK_CORS_ORIGINS: 'https://play.example' }))).toEqual([]);
  });
});

describe('settings that contradict each other', () => {
  it('are refused: half of TLS, two device keys, files that are not there', () => {
    expect(problemsOf({ KYOK_TLS_CERT_FILE: secretFile('cert.pem') })).toHaveLength(1);
    expect(problemsOf({ KYOK_HSM_DEVICE_KEY_FILE: secretFile('device.key'), KYOK_HSM_DEVICE_KEY_COMMAND: 'cat key' })).toHaveLength(1);
    expect(problemsOf({ KYOK_HSM_DEVICE_KEY_FILE: join(folder, 'none') })).toHaveLength(1);
    expect(problemsOf({ KYOK_TLS_CLIENT_CRL_FILE: secretFile('clients.crl') })).toEqual([
      expect.stringContaining('KYOK_TLS_CLIENT_CA_FILE'),
    ]);
  });
});

describe('audit sinks', () => {
  const syslog = (value: string) => loadConfig({ KYOK_AUDIT_SYSLOG: value }).KYOK_AUDIT_SYSLOG;

  it('are read with the ports of their protocols', () => {
    expect(syslog('udp://localhost')).toEqual({ protocol: 'udp', host: 'localhost', port: 514 });
    expect(syslog('tcp://10.0.0.9')).toEqual({ protocol: 'tcp', host: '10.0.0.9', port: 601 });
    expect(syslog('tls://siem.example.com')).toEqual({ protocol: 'tls', host: 'siem.example.com', port: 6514 });
    expect(syslog('tcp://[::1]:1514')).toEqual({ protocol: 'tcp', host: '::1', port: 1514 });
    expect(syslog('unix:///run/syslog.sock')).toEqual({ protocol: 'unix', path: '/run/syslog.sock' });
    expect(loadConfig({ KYOK_EXPIRY_NOTICE_DAYS: '30, 7' }).KYOK_EXPIRY_NOTICE_DAYS).toEqual([30, 7]);
  });

  it.each([
    ['no protocol', { KYOK_AUDIT_SYSLOG: 'siem.example.com' }, 'KYOK_AUDIT_SYSLOG must be'],
    ['a port that is none', { KYOK_AUDIT_SYSLOG: 'tcp://a:70000' }, 'KYOK_AUDIT_SYSLOG must be'],
    ['a sink that is required and not set', { KYOK_AUDIT_REQUIRED_SINKS: 'file' }, 'set KYOK_AUDIT_FILE'],
    ['an unknown sink', { KYOK_AUDIT_REQUIRED_SINKS: 'kafka' }, 'KYOK_AUDIT_REQUIRED_SINKS'],
    ['UDP, which cannot be required', { KYOK_AUDIT_SYSLOG: 'udp://127.0.0.1', KYOK_AUDIT_REQUIRED_SINKS: 'syslog' }, 'over UDP'],
    ['a file in no folder', { KYOK_AUDIT_FILE: '/nowhere/at/all/audit.jsonl' }, 'KYOK_AUDIT_FILE'],
    ['days that are none', { KYOK_EXPIRY_NOTICE_DAYS: 'soon' }, 'KYOK_EXPIRY_NOTICE_DAYS'],
  ])('%s is refused', (_what, env, message) => {
    expect(problemsOf(env)).toEqual([expect.stringContaining(message)]);
  });
});
