import type { RouteOptions } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faces } from '../../../src/faces/index.js';
import { defaultRateLimits } from '../../../src/faces/shared/credentials.js';
import { httpListener } from '../../../src/faces/shared/listener.js';
import { signInCodes } from '../../../src/faces/shared/sign-in-codes.js';
import { type TestEstate, testEstate } from '../../fakes/estate.js';
import { start, type TestServer } from './start.js';

/** Routes that answer without credentials, and why. Every other one must refuse. */
const open: Readonly<Record<string, string>> = {
  '/healthz': 'tells that the process lives',
  '/readyz': 'tells whether it can serve',
  '/sign-in': 'takes a one-time code instead',
  '/': 'the page that signs in',
  '/graphql': 'by GET: sends a browser to the page',
};
const isOpen = (method: string, url: string) =>
  url.startsWith('/assets/') || url === '/index.html' || (url in open && !(url === '/graphql' && method === 'POST'));

describe('S4: without credentials', () => {
  let world: TestEstate;
  const routes: { method: string; url: string }[] = [];
  let inject: (method: string, url: string) => Promise<{ status: number; body: string }>;
  beforeAll(async () => {
    world = await testEstate();
    const settings = { profile: 'development' as const, listen: { host: '127.0.0.1', port: 0 }, corsOrigins: [], introspection: true };
    const http = await httpListener({
      estate: world.estate,
      settings,
      logger: pino({ level: 'silent' }),
      limits: { failures: 1e6, publicRequests: 1e6 },
    });
    http.addHook('onRoute', (route: RouteOptions) => {
      for (const method of [route.method].flat()) routes.push({ method, url: route.url });
    });
    for (const face of faces) await face.start({ estate: world.estate, settings, http, signIn: signInCodes() });
    await http.ready();
    inject = async (method, url) => {
      const answer = await http.inject({
        method: method as 'GET',
        url,
        headers: { host: '127.0.0.1' },
        ...(method === 'POST' ? { payload: {} } : {}),
      });
      return { status: answer.statusCode, body: answer.body };
    };
  });
  afterAll(() => world.close());

  it('every route of every face refuses', async () => {
    const closed = routes.filter(({ method, url }) => !isOpen(method, url));
    expect(closed.map(({ method, url }) => `${method} ${url}`)).toEqual(expect.arrayContaining(['POST /graphql', 'POST /graphql/stream']));
    for (const { method, url } of closed) expect({ url, ...(await inject(method, url)) }).toMatchObject({ url, status: 401 });
  });

  it('unknown routes refuse too', async () => {
    for (const url of ['/metrics', '/info', '/graphql/x', '/v1/keys', '/..%2f..%2fetc/passwd'])
      expect((await inject('GET', url)).status).toBe(401);
  });

  it('open routes tell nothing of the estate', async () => {
    expect(JSON.parse((await inject('GET', '/healthz')).body)).toEqual({ status: 'ok' });
    expect(JSON.parse((await inject('GET', '/readyz')).body)).toEqual({ ready: true });
    expect((await inject('GET', '/graphql')).status).toBe(400);
    expect((await inject('POST', '/sign-in')).status).toBe(403);
    expect(Object.keys(open)).toHaveLength(5);
    expect(defaultRateLimits.failures).toBeLessThan(1000);
  });
});

describe('credentials', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start({ rateLimits: { failures: 5, publicRequests: 1000 } });
  });
  afterAll(() => server.close());
  const query = { query: '{ instance { id } }' };

  it('that are missing or wrong are all refused alike', async () => {
    for (const authorization of ['', 'Bearer', 'Basic abc', `Bearer kyok_${'A'.repeat(43)}`]) {
      const answer = await server.post('/graphql', query, authorization === '' ? {} : { authorization });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      const { errors } = (await answer.json()) as { errors: { extensions: object }[] };
      expect(errors[0]?.extensions).toEqual({
        code: 'UNAUTHENTICATED',
        kind: 'unauthenticated',
        details: {},
        requestId: answer.headers.get('x-request-id'),
      });
    }
  });

  it('S26: guessing is limited by rate', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      statuses.push((await server.post('/graphql', query, { authorization: `Bearer kyok_${String(attempt).repeat(43)}` })).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });

  it('S26: guesses beyond the rate are not audited, and good credentials from the same address are served', async () => {
    const refusals = async () => (await server.audit()).filter(({ event }) => event.action === 'iam.authenticate').length;
    const before = await refusals();
    const guesses = Array.from({ length: 30 }, (_, attempt) =>
      server.post('/graphql', query, { authorization: `Bearer kyok_${String(attempt).padStart(43, 'x')}` }),
    );
    for (const { status } of await Promise.all(guesses)) expect(status).toBe(429);
    expect(await refusals()).toBe(before);
    expect((await server.ask('{ instance { id } }')).errors).toEqual([]);
  });

  it('S26: many guesses at once leave no more events than the rate admits', async () => {
    const other = await start({ rateLimits: { failures: 5, publicRequests: 1000 } });
    const guess = () => other.post('/graphql', query, { authorization: `Bearer kyok_${'y'.repeat(43)}` });
    await Promise.all(Array.from({ length: 40 }, guess));
    expect((await other.audit()).filter(({ event }) => event.action === 'iam.authenticate')).toHaveLength(5);
    await other.close();
  });
});

describe('S26: public routes', () => {
  it('are limited by rate', async () => {
    const server = await start({ rateLimits: { failures: 5, publicRequests: 3 } });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) statuses.push((await fetch(`${server.endpoint}/healthz`)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    await server.close();
  });
});
