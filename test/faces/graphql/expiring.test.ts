import { afterAll, beforeAll, expect, it } from 'vitest';
import { start, type TestServer } from './start.js';

let server: TestServer;
beforeAll(async () => {
  server = await start({
    listenerCertificate: { subject: 'CN=keys.example.com', fingerprint: 'ab'.repeat(32), expiresAt: '2030-01-21T00:00:00.000Z' },
  });
});
afterAll(async () => await server.close());

it('expiring answers a connection of what expires, page by page', async () => {
  const input = { principalId: server.admin.principal.id, name: 'short', expiresAt: '2030-01-08T00:00:00.000Z' };
  await server.data('mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }', { input });
  const query = `query ($after: String, $kinds: [ExpiringKind!]) { expiring(withinDays: 30, first: 1, after: $after, kinds: $kinds) {
    edges { node { kind id name vaultId expiresAt ends } } pageInfo { hasNextPage endCursor } totalCount } }`;
  const first = (await server.data(query)).expiring;
  expect(first).toMatchObject({
    edges: [{ node: { kind: 'API_KEY', name: 'short', vaultId: null, expiresAt: '2030-01-08T00:00:00.000Z', ends: true } }],
    pageInfo: { hasNextPage: true },
    totalCount: 2,
  });
  const second = (await server.data(query, { after: first.pageInfo.endCursor })).expiring;
  expect(second).toMatchObject({ edges: [{ node: { kind: 'TLS_CERTIFICATE', id: 'ab'.repeat(32) } }], pageInfo: { hasNextPage: false } });
  expect((await server.data(query, { kinds: ['MANAGED_KEY'] })).expiring.edges).toEqual([]);
});
