/** S24: which client certificates the listener takes, and what it speaks, seen with openssl and Node's own client. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { followTlsFiles, TlsFileUnreadable, tlsOptions } from '../../../src/faces/shared/tls.js';
import { startFailure } from '../../../src/server/start-failure.js';
import { describeWith } from '../../programs.js';
import { start, type TestServer } from '../graphql/start.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'kyok-mtls-'));
const file = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A small certification authority as openssl keeps it: with a database, so that it can revoke. */
function authority(name: string): void {
  mkdirSync(file(name));
  writeFileSync(file(`${name}/index.txt`), '');
  writeFileSync(file(`${name}/crlnumber`), '01\n');
  const sections = ['[ca]', 'default_ca=own', '[own]', `database=${name}/index.txt`, `crlnumber=${name}/crlnumber`, 'default_md=sha256'];
  const more = [`new_certs_dir=${name}`, 'policy=any', 'rand_serial=yes', 'unique_subject=no', '[any]', 'commonName=supplied'];
  writeFileSync(file(`${name}.cnf`), [...sections, ...more, ''].join('\n'));
  openssl('req', '-x509', '-days', '30', ...ecKey, '-keyout', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.pem`);
}

const ca = (issuer: string) => ['-config', `${issuer}.cnf`, '-cert', `${issuer}.pem`, '-keyfile', `${issuer}.key`, '-batch'];

function certificate(name: string, issuer: string, { usage = 'clientAuth', dates = ['-days', '2'], key = ecKey } = {}): void {
  openssl('req', ...key, '-keyout', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
  writeFileSync(file(`${name}.ext`), `subjectAltName=IP:127.0.0.1\n${usage === '' ? '' : `extendedKeyUsage=${usage}\n`}`);
  openssl('ca', ...ca(issuer), '-in', `${name}.csr`, '-extfile', `${name}.ext`, ...dates, '-notext', '-out', `${name}.pem`);
}

const revoke = (name: string, issuer: string) => openssl('ca', ...ca(issuer), '-revoke', `${name}.pem`);
const list = (issuer: string, ...lasting: string[]) =>
  openssl('ca', ...ca(issuer), '-gencrl', ...(lasting.length > 0 ? lasting : ['-crldays', '2']), '-out', 'clients.crl');

/** What becomes of a request with this client certificate: its status, or the TLS error. */
function ask(endpoint: string, client?: string): Promise<number | string> {
  const own = client ? { cert: readFileSync(file(`${client}.pem`)), key: readFileSync(file(`${client}.key`)) } : {};
  return new Promise((resolve) => {
    request(`${endpoint}/healthz`, { ...own, ca: readFileSync(file('servers.pem')), agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
      .end();
  });
}

/** Whether a handshake with these options succeeds, and what was agreed. */
function handshake(endpoint: string, ...options: string[]): Promise<{ readonly isDone: boolean; readonly said: string }> {
  const client = ['-cert', file('good.pem'), '-key', file('good.key'), '-CAfile', file('servers.pem')];
  const child = spawn('openssl', ['s_client', '-connect', endpoint.replace('https://', ''), ...client, ...options], { stdio: 'pipe' });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  child.stdin.end();
  return new Promise((resolve) => {
    child.once('close', () => {
      const cipher = /Cipher(?: is|\s*:) (\S+)/.exec(said)?.[1] ?? '(NONE)';
      resolve({ isDone: cipher !== '(NONE)' && cipher !== '0000' && !/alert|error:/.test(said.split('---')[0] ?? ''), said });
    });
  });
}

const past = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
const future = ['-startdate', '20490101000000Z', '-enddate', '20491201000000Z'];

describeWith('openssl', hasOpenssl, 'S24: client certificates', () => {
  let server: TestServer;
  beforeAll(async () => {
    for (const name of ['servers', 'clients', 'strangers']) authority(name);
    certificate('server', 'servers', { usage: 'serverAuth', key: ['-newkey', 'rsa:2048', '-nodes'] });
    certificate('good', 'clients');
    certificate('expired', 'clients', { dates: past });
    certificate('not-yet-valid', 'clients', { dates: future });
    certificate('wrong-usage', 'clients', { usage: 'serverAuth' });
    certificate('revoked', 'clients');
    certificate('revoked-later', 'clients');
    certificate('revoked-busy', 'clients');
    certificate('stranger', 'strangers');
    openssl('req', '-x509', '-days', '2', ...ecKey, '-keyout', 'self-signed.key', '-subj', '/CN=good', '-out', 'self-signed.pem');
    revoke('revoked', 'clients');
    list('clients');
    const tls = {
      certFile: file('server.pem'),
      keyFile: file('server.key'),
      clientCaFile: file('clients.pem'),
      clientCrlFile: file('clients.crl'),
    };
    server = await start({ settings: { tls } });
  });
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a good one is served', async () => {
    expect(await ask(server.endpoint, 'good')).toBe(200);
  });

  it.each(['expired', 'not-yet-valid', 'self-signed', 'wrong-usage', 'revoked', 'stranger', undefined])('%s: refused', async (client) => {
    expect(await ask(server.endpoint, client)).toMatch(/^(ERR_SSL|ECONNRESET|EPIPE)/);
  });

  it('one that is revoked later is refused from the next list on, without a restart', async () => {
    expect(await ask(server.endpoint, 'revoked-later')).toBe(200);
    revoke('revoked-later', 'clients');
    list('clients');
    await vi.waitFor(async () => expect(await ask(server.endpoint, 'revoked-later')).toMatch(/^(ERR_SSL|ECONNRESET|EPIPE)/), {
      timeout: 30_000,
      interval: 500,
    });
    expect(await ask(server.endpoint, 'good')).toBe(200);
  });

  it('one that is revoked while it keeps a connection busy is served no further request on it', async () => {
    const { hostname, port, host } = new URL(server.endpoint);
    const own = { cert: readFileSync(file('revoked-busy.pem')), key: readFileSync(file('revoked-busy.key')) };
    const socket = connect({ host: hostname, port: Number(port), ca: readFileSync(file('servers.pem')), ...own });
    let said = '';
    socket.setEncoding('latin1').on('data', (text: string) => (said += text));
    socket.on('error', () => undefined);
    const begin = `GET /healthz HTTP/1.1\r\nhost: ${host}\r\n`;
    socket.write(`${begin}\r\n${begin}`);
    await vi.waitFor(() => expect(said).toMatch(/200 OK/), { timeout: 30_000 });
    revoke('revoked-busy', 'clients');
    list('clients');
    const refused = /^(ERR_SSL|ECONNRESET|EPIPE)/;
    await vi.waitFor(async () => expect(await ask(server.endpoint, 'revoked-busy')).toMatch(refused), { timeout: 30_000, interval: 500 });
    const served = () => said.match(/200 OK/g)?.length;
    socket.write(`\r\n${begin}\r\n`);
    await vi.waitFor(() => expect(socket.destroyed || served() !== 1).toBe(true), { timeout: 30_000 });
    expect(served()).toBe(1);
  });

  it('a list that cannot be read changes nothing, one that is out of date refuses everybody', async () => {
    const sound = readFileSync(file('clients.crl'));
    const notes: string[] = [];
    const log = { info: () => notes.push('taken'), error: () => notes.push('refused') };
    const closers: (() => Promise<void>)[] = [];
    const taken: object[] = [];
    const http = {
      server: { setSecureContext: (context: object) => taken.push(context), closeIdleConnections: () => undefined, on: () => undefined },
      addHook: (name: string, hook: () => Promise<void>) => name === 'onClose' && closers.push(hook),
    };
    followTlsFiles(
      http as never,
      { certFile: file('server.pem'), keyFile: file('server.key'), clientCrlFile: file('clients.crl') },
      log as never,
      0.05,
    );
    writeFileSync(file('clients.crl'), 'no list');
    await vi.waitFor(() => expect(notes).toContain('refused'), { timeout: 10_000 });
    expect(taken).toEqual([]);
    for (const close of closers) await close();
    expect(await ask(server.endpoint, 'good')).toBe(200);
    list('clients', '-crlsec', '1');
    await vi.waitFor(async () => expect(await ask(server.endpoint, 'good')).toMatch(/^(ERR_SSL|ECONNRESET|EPIPE)/), {
      timeout: 30_000,
      interval: 500,
    });
    writeFileSync(file('clients.crl'), sound);
    await vi.waitFor(async () => expect(await ask(server.endpoint, 'good')).toBe(200), { timeout: 30_000, interval: 500 });
  });

  it('a file that is not what it should be is named at start', () => {
    const sound = { certFile: file('server.pem'), keyFile: file('server.key'), clientCaFile: file('clients.pem') };
    const named = (tls: Parameters<typeof tlsOptions>[0]) => {
      try {
        tlsOptions(tls);
      } catch (error) {
        expect(error).toBeInstanceOf(TlsFileUnreadable);
        return (startFailure(error) as Error).message;
      }
    };
    writeFileSync(file('nothing'), 'nothing');
    expect(named({ ...sound, clientCrlFile: file('nothing') })).toMatch(/^KYOK_TLS_CLIENT_CRL_FILE/);
    expect(named({ ...sound, keyFile: file('nothing') })).toMatch(/^KYOK_TLS_KEY_FILE/);
    expect(named({ ...sound, certFile: file('nothing') })).toMatch(/^KYOK_TLS_CERT_FILE/);
    expect(named(sound)).toBeUndefined();
  });

  it.each([['-tls1_3'], ['-tls1_2'], ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256']])(
    'openssl is served with %s %s %s',
    async (...options) => {
      const { isDone, said } = await handshake(server.endpoint, ...options);
      expect(isDone, said).toBe(true);
    },
  );

  it.each([
    ['-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'],
    ['-tls1', '-cipher', 'DEFAULT@SECLEVEL=0'],
    ['-tls1_2', '-cipher', 'AES256-GCM-SHA384'],
    ['-tls1_2', '-cipher', 'AES128-SHA'],
    ['-tls1_2', '-cipher', 'ECDHE-RSA-AES256-SHA384'],
    ['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-SHA'],
    ['-tls1_2', '-cipher', 'DHE-RSA-AES256-GCM-SHA384'],
    ['-tls1_2', '-cipher', 'aNULL:eNULL@SECLEVEL=0'],
  ])('openssl is refused with %s %s %s', async (...options) => {
    const { isDone, said } = await handshake(server.endpoint, ...options);
    expect(isDone, said).toBe(false);
  });
});
