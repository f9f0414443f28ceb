/** TLS and mutual TLS of the listener, with the command line as the client. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kyokProcess } from '../../cli/real-server.js';
import { describeWith } from '../../programs.js';
import { start, type TestServer } from '../graphql/start.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'kyok-tls-'));
const file = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

const newKey = (name: string) => [
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-keyout',
  file(`${name}.key`),
  '-subj',
  `/CN=${name}`,
];

function authority(name: string): void {
  openssl('req', '-x509', '-days', '2', ...newKey(name), '-out', file(`${name}.pem`));
}

function certificate(name: string, issuer: string, usage: string): void {
  openssl('req', ...newKey(name), '-out', file(`${name}.csr`));
  writeFileSync(file(`${name}.ext`), `subjectAltName=IP:127.0.0.1\nextendedKeyUsage=${usage}\n`);
  const ca = ['-CA', file(`${issuer}.pem`), '-CAkey', file(`${issuer}.key`), '-CAcreateserial'];
  openssl('x509', '-req', '-in', file(`${name}.csr`), ...ca, '-days', '2', '-extfile', file(`${name}.ext`), '-out', file(`${name}.pem`));
}

describeWith('openssl', hasOpenssl, 'a listener with mutual TLS', () => {
  let server: TestServer;

  beforeAll(async () => {
    for (const name of ['servers', 'clients', 'strangers']) authority(name);
    certificate('server', 'servers', 'serverAuth');
    certificate('client', 'clients', 'clientAuth');
    certificate('stranger', 'strangers', 'clientAuth');
    const tls = { certFile: file('server.pem'), keyFile: file('server.key'), clientCaFile: file('clients.pem') };
    server = await start({ settings: { tls } });
  });
  afterAll(async () => await server.close());

  const settings = (client?: string) => ({
    KYOK_ENDPOINT: server.endpoint,
    KYOK_API_KEY: server.adminToken,
    KYOK_CA_FILE: file('servers.pem'),
    ...(client ? { KYOK_CLIENT_CERT_FILE: file(`${client}.pem`), KYOK_CLIENT_KEY_FILE: file(`${client}.key`) } : {}),
  });

  it('serves a client whose certificate its authorities signed', async () => {
    expect(await kyokProcess(['status', '--output', 'json'], settings('client'))).toMatchObject({ code: 0 });
  });

  it.each([undefined, 'stranger'])('refuses a client with the certificate %s', async (client) => {
    expect(await kyokProcess(['status'], settings(client))).toMatchObject({ code: 6, out: '' });
  });

  it('still wants an API key from a client with a good certificate', async () => {
    expect(await kyokProcess(['status'], { ...settings('client'), KYOK_API_KEY: 'kyok_wrong' })).toMatchObject({ code: 3 });
  });

  it('is not trusted by a client that was given no authority', async () => {
    const { KYOK_CA_FILE: _, ...untrusting } = settings('client');
    expect(await kyokProcess(['status'], untrusting)).toMatchObject({ code: 6 });
  });

  it('speaks no TLS below 1.2', async () => {
    const old = new Promise((resolve, reject) => {
      request(`${server.endpoint}/healthz`, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', rejectUnauthorized: false }, resolve)
        .on('error', reject)
        .end();
    });
    await expect(old).rejects.toThrow();
  });
});
