import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start, type TestServer } from './start.js';

let server: TestServer;
beforeAll(async () => {
  server = await start({ settings: { corsOrigins: ['https://playground.example'] } });
});
afterAll(() => server.close());

const nested = (levels: number): string => (levels === 0 ? 'id' : `instances { managedKey { ${nested(levels - 1)} } }`);
const times = (count: number, text: (index: number) => string) => Array.from({ length: count }, (_, index) => text(index)).join(' ');

describe('S17: a document is refused before anything runs', () => {
  it.each([
    ['depth', `{ managedKeys(first: 1) { edges { node { ${nested(6)} } } } }`],
    ['aliases', `{ instance { ${times(51, (index) => `a${index}: id`)} } }`],
    ['directives', `{ instance { ${times(51, () => 'id @include(if: true)')} } }`],
    ['rootFields', `{ ${times(21, (index) => `a${index}: instance { id }`)} }`],
    [
      'cost',
      '{ managedKeys(first: 500) { edges { node { instances { managedKey { instances { managedKey { instances { id name status } } } } } } } } }',
    ],
    ['depth', `query { managedKeys(first: 1) { edges { node { ...deep } } } } fragment deep on ManagedKey { ${nested(6)} }`],
  ])('that breaks the limit on %s', async (limit, query) => {
    const { errors, status } = await server.ask(query);
    expect(status).toBe(400);
    expect(errors[0]?.extensions).toMatchObject({ code: 'TOO_LARGE', kind: 'limit-reached', details: { limit } });
  });

  it.each([
    ['introspection', `{ __schema { types { fields { type { ${'ofType { '.repeat(1500)}name${' }'.repeat(1500)} } } } } }`],
    ['introspection that is never closed', `{ __schema { types { ${'ofType { '.repeat(1500)}`],
    ['lists', `mutation { createVault(input: { name: ${'['.repeat(2000)}"x"${']'.repeat(2000)} }) { id } }`],
    ['fields behind texts of closing brackets', `{ instance(a: "${'}'.repeat(2000)}") { ${'id { '.repeat(1500)}id${' }'.repeat(1500)} } }`],
  ])('that nests without end: %s', async (_what, query) => {
    for (const path of ['/graphql', '/graphql/stream']) {
      const headers = { authorization: `Bearer ${server.adminToken}`, accept: 'text/event-stream' };
      const answer = await server.post(path, { query }, path === '/graphql' ? { authorization: headers.authorization } : headers);
      expect(answer.status, path).toBe(400);
      expect(await answer.json(), path).toMatchObject({
        errors: [{ extensions: { code: 'TOO_LARGE', details: { limit: 'nesting', max: 100 } } }],
      });
    }
  });

  it('or answered, and never an internal error, where fragments are spread within one another without end', async () => {
    const chain = times(700, (index) => `fragment f${index} on Instance { ...f${index + 1} }`);
    const { status, errors } = await server.ask(`{ instance { ...f0 } } ${chain} fragment f700 on Instance { id }`);
    expect(status === 200 || errors[0]?.extensions?.code !== 'INTERNAL', JSON.stringify(errors)).toBe(true);
  });

  it('that has too many tokens', async () => {
    const { errors, status } = await server.ask(`{ instance { ${'id '.repeat(6000)} } }`);
    expect(status).toBe(400);
    expect(errors[0]?.message).toBe('The document is longer than this server admits.');
  });

  it('that comes in a batch', async () => {
    const answer = await server.post('/graphql', [{ query: '{ instance { id } }' }], { authorization: `Bearer ${server.adminToken}` });
    expect(answer.status).toBe(400);
  });

  it('that comes as a form or text, as another site could send it', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = { authorization: `Bearer ${server.adminToken}`, 'content-type': type };
      expect((await server.post('/graphql', '{"query":"{ instance { id } }"}', headers)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it('that contains itself', async () => {
    const { status } = await server.ask(
      '{ managedKeys(first: 1) { edges { node { ...a } } } } fragment a on ManagedKey { instances { managedKey { ...a } } }',
    );
    expect(status).toBe(400);
  });
});

describe('S17: the schema', () => {
  it('is not suggested', async () => {
    const { errors } = await server.ask('{ instnce { id } }');
    expect(errors[0]?.message).toBe('Cannot query field "instnce" on type "Query".');
    const argument = await server.ask('{ vault(ide: 1) { id } }');
    expect(JSON.stringify(argument.errors)).not.toContain('Did you mean');
  });

  it('is told in development, and not when the operator says so', async () => {
    const query = '{ __schema { queryType { name } } __type(name: "Vault") { name } }';
    expect((await server.data(query)).__schema.queryType.name).toBe('Query');
    const closed = await start({ settings: { introspection: false } });
    const { errors, status } = await closed.ask(query);
    await closed.close();
    expect(status).toBe(400);
    expect(errors[0]?.extensions.code).toBe('INPUT_INVALID');
  });
});

describe('a page of 500 with all that belongs to its items', () => {
  it('stays within the limits', async () => {
    const query = `{ managedKeys(first: 500) { totalCount pageInfo { endCursor } edges { cursor node {
      id label state version algorithm size origin activationDate expirationDate description createdAt createdBy updatedAt updatedBy
      vault { id name } template { id name } tags { name value } versions { version state verificationPatterns { method value } }
      instances { id desiredState status syncFlag syncDetail error { code message remedy } keystore { id name } versions { version state } } } } } }`;
    expect((await server.ask(query)).errors).toEqual([]);
  });
});

describe('other sites', () => {
  it('may call only from the origins that are listed', async () => {
    const preflight = (origin: string) =>
      fetch(`${server.endpoint}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
      });
    expect((await preflight('https://playground.example')).headers.get('access-control-allow-origin')).toBe('https://playground.example');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('cannot reach a development server under a name of their own', async () => {
    const { request } = await import('node:http');
    const statusFor = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        request(`${server.endpoint}/healthz`, { headers: { host } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await statusFor('evil.example')).toBe(403);
    expect(await statusFor('localhost:4000')).toBe(200);
  });

  it('cannot redeem a sign-in code', async () => {
    const code = String(server.signInLink).split('#code=')[1];
    const redeem = (headers: Record<string, string>) => server.post('/sign-in', { code }, headers);
    expect((await redeem({})).status).toBe(403);
    expect((await redeem({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await redeem({ origin: server.endpoint, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const own = await redeem({ origin: server.endpoint });
    expect(own.status).toBe(200);
    const { token } = (await own.json()) as { token: string };
    expect((await server.data('{ instance { profile } }', {}, token)).instance.profile).toBe('development');
    expect((await redeem({ origin: server.endpoint })).status).toBe(401);
  });

  it('find no sign-in where it is not for development on loopback', async () => {
    const production = await start({ settings: { profile: 'production' } });
    expect(production.signInLink).toBeUndefined();
    expect((await production.post('/sign-in', { code: 'x' }, { origin: production.endpoint })).status).toBe(401);
    await production.close();
  });
});
