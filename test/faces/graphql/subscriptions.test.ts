import { request } from 'node:http';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Data, start, type TestServer } from './start.js';

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

const client = (token: string) =>
  createClient({ url: `${server.endpoint}/graphql/stream`, headers: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
const createVault = (name: string) =>
  server.data('mutation ($input: CreateVaultInput!) { createVault(input: $input) { id } }', { input: { name } });
const soon = () => new Promise((resolve) => setTimeout(resolve, 200));

describe('subscriptions', () => {
  it('tell audit events as they become durable', async () => {
    const stream = client(server.adminToken).iterate<Data>({
      query: 'subscription { auditEventAdded(filter: { actionPrefix: "vault." }) { action outcome target { name } } }',
    });
    const next = stream.next();
    await soon();
    await createVault('Watched');
    expect((await next).value.data.auditEventAdded).toEqual({ action: 'vault.create', outcome: 'SUCCESS', target: { name: 'Watched' } });
    await stream.return?.();
  });

  it('tell changes of keys, with nested fields as they are now', async () => {
    const { createVault: vault } = await createVault('Keys');
    const stream = client(server.adminToken).iterate<Data>({
      query: `subscription ($id: ID!) { managedKeyChanged(filter: { vaultIds: [$id] }) {
        kind managedKey { label state vault { name keysCount } } } }`,
      variables: { id: vault.id },
    });
    const next = stream.next();
    await soon();
    await server.data('mutation ($input: CreateKeystoreInput!) { createKeystore(input: $input) { id } }', {
      input: { vaultId: vault.id, name: 'ring', connection: { internal: {} } },
    });
    await server.data('mutation ($input: CreateManagedKeyInput!) { createManagedKey(input: $input) { id } }', {
      input: {
        vaultId: vault.id,
        label: 'watched',
        template: { key: { algorithm: 'AES', size: '256' }, targets: [{ keystoreType: 'internal', group: 'ring' }] },
      },
    });
    expect((await next).value.data.managedKeyChanged).toEqual({
      kind: 'CREATED',
      managedKey: { label: 'watched', state: 'ACTIVE', vault: { name: 'Keys', keysCount: 1 } },
    });
    await stream.return?.();
  });

  it('end with UNAUTHENTICATED when the API key is revoked', async () => {
    const { createApiKey } = await server.data(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { token apiKey { id } } }',
      { input: { principalId: server.admin.principal.id, name: 'short' } },
    );
    const stream = client(createApiKey.token).iterate<Data>({
      query: 'subscription { managedKeyChanged(filter: { ids: ["00000000-0000-4000-8000-000000000000"] }) { kind } }',
    });
    const next = stream.next();
    await soon();
    await server.data('mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { revokedAt } }', { id: createApiKey.apiKey.id });
    expect((await next).value.errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED', kind: 'unauthenticated' });
    expect(await stream.next()).toMatchObject({ done: true });
    const { errors } = await server.ask('{ instance { id } }', {}, createApiKey.token);
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('are refused without credentials, without rights, beyond the limits, and for anything but a subscription', async () => {
    const post = (query: string, token: string) =>
      server.post('/graphql/stream', { query }, { authorization: `Bearer ${token}`, accept: 'text/event-stream' });
    expect((await server.post('/graphql/stream', { query: 'subscription { managedKeyChanged { kind } }' })).status).toBe(401);
    const codeOf = async (response: Response) => ((await response.json()) as Data).errors[0].extensions.code;
    expect(await codeOf(await post('{ instance { id } }', server.adminToken))).toBe('INPUT_INVALID');
    expect(await codeOf(await post('subscription { managedKeyChangd { kind } }', server.adminToken))).toBe('INPUT_INVALID');
    const aliases = Array.from({ length: 60 }, (_, index) => `a${index}: kind`).join(' ');
    expect(await codeOf(await post(`subscription { managedKeyChanged { ${aliases} } }`, server.adminToken))).toBe('TOO_LARGE');
    const nobody = await server.tokenOf(await server.callOf([]));
    const refused = await post('subscription { managedKeyChanged { kind } }', nobody);
    expect(await refused.text()).toContain('FORBIDDEN');
  });

  it('give their place free when their sockets are destroyed', async () => {
    const token = await server.tokenOf(server.admin);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream' };
    const opened = async (destroyAt: 'RESPONSE' | 'REQUEST') =>
      await new Promise<number | undefined>((resolve, reject) => {
        const stream = request(`${server.endpoint}/graphql/stream`, { method: 'POST', headers }, (response) => {
          response.on('error', () => {});
          resolve(response.statusCode);
          stream.destroy();
        });
        stream.on('error', (error) => (destroyAt === 'REQUEST' ? resolve(undefined) : reject(error)));
        stream.end(JSON.stringify({ query: 'subscription { managedKeyChanged { kind } }' }));
        if (destroyAt === 'REQUEST') setTimeout(() => stream.destroy(), 5);
      });
    for (let count = 0; count < 110; count += 1) {
      await opened(count % 5 === 0 ? 'REQUEST' : 'RESPONSE');
      if (count % 20 === 19) await soon();
    }
    expect(await opened('RESPONSE')).toBe(200);
  });

  it('do not hold up the end of the server', async () => {
    const other = await start();
    const stream = createClient({
      url: `${other.endpoint}/graphql/stream`,
      headers: { authorization: `Bearer ${other.adminToken}` },
      retryAttempts: 0,
    }).iterate<Data>({ query: 'subscription { managedKeyChanged { kind } }' });
    const next = stream.next().catch(() => ({ done: true }));
    await soon();
    const started = Date.now();
    await other.close();
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(await next).toMatchObject({ done: true });
  });
});
