import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestIdOf } from '../../../src/faces/shared/request-id.js';
import { signInCodes, signInSeconds } from '../../../src/faces/shared/sign-in-codes.js';
import { start, type TestServer } from '../graphql/start.js';

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)(`mutual TLS${hasOpenssl ? '' : ' (openssl is not there)'}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-tls-'));
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  /** A certificate of an authority; without one, of its own. */
  const certificate = (name: string, authority?: string) => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`];
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
    const signedBy = authority ? ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`] : [];
    openssl('req', '-x509', ...key, ...subject, ...signedBy, '-out', `${name}.pem`);
  };
  let server: TestServer;

  beforeAll(async () => {
    certificate('authority');
    certificate('server', 'authority');
    certificate('client', 'authority');
    certificate('stranger');
    const tls = { certFile: path('server.pem'), keyFile: path('server.key'), clientCaFile: path('authority.pem') };
    server = await start({ settings: { tls } });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = (options: RequestOptions) =>
    new Promise<{ status: number | undefined; hsts: unknown }>((resolve, reject) => {
      const sent = request(
        `${server.endpoint}/healthz`,
        { ca: readFileSync(path('authority.pem')), agent: false, ...options },
        (answer) => {
          answer.resume();
          resolve({ status: answer.statusCode, hsts: answer.headers['strict-transport-security'] });
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  const as = (name: string) => ({ cert: readFileSync(path(`${name}.pem`)), key: readFileSync(path(`${name}.key`)) });

  it('serves clients with a certificate of the authority, and nobody else', async () => {
    expect(server.endpoint).toMatch(/^https:/);
    expect(await get(as('client'))).toEqual({ status: 200, hsts: expect.stringContaining('max-age') });
    await expect(get({})).rejects.toThrow();
    await expect(get(as('stranger'))).rejects.toThrow();
  });

  it('speaks no TLS older than 1.2', async () => {
    await expect(get({ ...as('client'), maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).rejects.toThrow();
  });
});

describe('request ids', () => {
  it.each([
    ['short', 'abc'],
    ['holding a line break', 'abcdefgh\nx'],
    ['too long', 'a'.repeat(101)],
  ])('that are %s are made anew', (_what, given) => {
    const id = requestIdOf({ headers: { 'x-request-id': given } });
    expect(id).not.toBe(given);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('sign-in codes', () => {
  it('work once, for ten minutes, for their principal', () => {
    let now = 0;
    const codes = signInCodes(() => now);
    const code = codes.issue('p1');
    expect(Buffer.from(code, 'base64url')).toHaveLength(32);
    expect(codes.redeem(code)).toBe('p1');
    expect(codes.redeem(code)).toBeUndefined();
    const late = codes.issue('p1');
    now = signInSeconds * 1000;
    expect(codes.redeem(late)).toBeUndefined();
    expect(codes.redeem('')).toBeUndefined();
  });
});

describe('the sign-in route', () => {
  it('is limited by rate', async () => {
    const server = await start();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 22; attempt += 1) {
      statuses.push((await server.post('/sign-in', { code: 'guess' }, { origin: server.endpoint })).status);
    }
    await server.close();
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('hostile input', () => {
  it('of any shape leaves the next client served (S23)', async () => {
    const server = await start();
    const headers = { authorization: `Bearer ${server.adminToken}` };
    const bodies = [
      '',
      '[]',
      'null',
      '{}',
      '{"query":5}',
      '{"query":""}',
      '{"query":"{"}',
      '{"variables":"x","query":"{a}"}',
      '\u0000',
      '{"__proto__":{}}',
    ];
    for (const body of bodies) {
      const answer = await server.post('/graphql', body, headers);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'INPUT_INVALID' } }] });
      await server.post('/graphql/stream', body, { ...headers, accept: 'text/event-stream' });
    }
    expect((await server.data('{ instance { profile } }')).instance.profile).toBe('development');
    await server.close();
  });
});
