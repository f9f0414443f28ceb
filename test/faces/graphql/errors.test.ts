import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start, type TestServer } from './start.js';

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

const secret = 'S3CRET-key-material';
const createVault = 'mutation ($input: CreateVaultInput!) { createVault(input: $input) { id name } }';
const nobody = '00000000-0000-4000-8000-000000000000';

describe('errors', () => {
  it.each([
    ['invalid-input', 'INPUT_INVALID', createVault, { input: { name: '' } }],
    ['not-found', 'VAULT_NOT_FOUND', '{ vault(id: "00000000-0000-4000-8000-000000000000") { id } }', {}],
    ['invalid-input', 'CURSOR_INVALID', '{ auditEvents(after: "x") { pageInfo { hasNextPage } } }', {}],
  ])('of kind %s carry code, kind, details and the request id', async (kind, code, query, variables) => {
    const { errors, headers, status } = await server.ask(query, variables);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toEqual({ code, kind, details: expect.any(Object), requestId: headers.get('x-request-id') });
  });

  it('name the place of what is wrong, as operations see it', async () => {
    const { errors } = await server.ask(createVault, { input: { name: `!\n${secret}`, description: secret.repeat(40) } });
    const issues = errors[0]?.extensions.details.issues ?? [];
    expect(issues.map(({ path }: { path: string }) => path).sort()).toEqual(['description', 'name']);
    expect(JSON.stringify(errors)).not.toContain('S3CRET');
  });

  it('name what is wrong with a list of keys, before anything is done', async () => {
    const other = nobody.replace(/0$/, '1');
    const refused = async (ids: readonly string[]) => {
      const query = 'mutation ($items: [ManagedKeyItem!]!) { syncManagedKey(items: $items) { id error { code } } }';
      const { errors } = await server.ask(query, { items: ids.map((id) => ({ id })) });
      return errors[0]?.extensions;
    };
    const issue = (path: string, message: string) => ({ code: 'INPUT_INVALID', details: { issues: [{ path, message }] } });
    expect(await refused([])).toMatchObject(issue('items', 'must hold at least one key'));
    expect(await refused([nobody, other, nobody])).toMatchObject(issue('items.2.id', 'is the key of items.0 again'));
    expect(await refused([nobody, other])).toBeUndefined();
  });

  it('forbid before they tell whether there is such a thing', async () => {
    const token = await server.tokenOf(await server.callOf([]));
    const { errors } = await server.ask(`{ vault(id: "${nobody}") { id } }`, {}, token);
    expect(errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', kind: 'forbidden' });
  });

  it.each([
    ['a literal of the wrong type', `mutation { createVault(input: { name: "${secret}", description: 5 }) { id } }`, {}],
    ['an unknown enum value', `{ managedKeys(filter: { states: [${secret.replaceAll('-', '_')}] }) { pageInfo { hasNextPage } } }`, {}],
    [
      'bytes that are not base64',
      'mutation ($input: EncryptInput!) { encrypt(input: $input) { keyVersion } }',
      { input: { keyId: nobody, items: [{ plaintext: secret }] } },
    ],
    ['a variable of the wrong type', createVault, { input: secret }],
    ['a variable with an unknown field', createVault, { input: { name: 'x', [secret.replaceAll('-', '_')]: secret } }],
    ['a text that is no query', `{ "${secret}" `, {}],
    ['a date that is none', `{ managedKeys(filter: { activationDate: "${secret}" }) { pageInfo { hasNextPage } } }`, {}],
  ])('never echo %s', async (_what, query, variables) => {
    const { errors, status } = await server.ask(query, variables);
    expect(status).toBe(400);
    expect(errors[0]?.extensions).toMatchObject({ code: 'INPUT_INVALID', kind: 'invalid-input' });
    expect(JSON.stringify(errors).replace(/Field \\"S3CRET_key_material\\" is not defined/, '')).not.toContain('S3CRET');
  });

  it('say where a variable is wrong', async () => {
    const { errors } = await server.ask(createVault, { input: { name: 7, colour: 'red' } });
    expect(errors[0]?.extensions.details.issues).toEqual([
      { path: 'input.name', message: 'is not of the type that its place asks for' },
      { path: 'input', message: 'Field "colour" is not defined by type "CreateVaultInput".' },
    ]);
    const missing = await server.ask(createVault, {});
    expect(missing.errors[0]?.extensions.details.issues).toEqual([{ path: 'input', message: 'is required: CreateVaultInput!' }]);
  });

  it('take the caller’s own request id if it is sane', async () => {
    const ask = (id: string) =>
      server.post('/graphql', { query: '{ instance { id } }' }, { authorization: `Bearer ${server.adminToken}`, 'x-request-id': id });
    expect((await ask('my-request-0001')).headers.get('x-request-id')).toBe('my-request-0001');
    expect((await ask('spoofed"line')).headers.get('x-request-id')).not.toContain('"');
  });
});

describe('keystore connections', () => {
  const createKeystore = 'mutation ($input: CreateKeystoreInput!) { createKeystore(input: $input) { id type } }';
  it.each([
    ['no member', {}],
    ['an unknown member', { floppy: {} }],
    ['a null member', { internal: null }],
  ])('with %s are refused', async (_what, connection) => {
    const { errors, status } = await server.ask(createKeystore, { input: { vaultId: nobody, name: 'x', connection } });
    expect(status).toBe(400);
    expect(errors[0]?.extensions.code).toBe('INPUT_INVALID');
  });
});

describe('a subscription at POST /graphql', () => {
  it('is sent on to the stream', async () => {
    const { status, errors } = await server.ask('subscription { managedKeyChanged { kind } }');
    expect(status).toBe(400);
    expect(errors[0]?.extensions).toMatchObject({
      code: 'INPUT_INVALID',
      details: { issues: [{ message: expect.stringContaining('/graphql/stream') }] },
    });
  });
});

describe('dryRun and clientToken', () => {
  it('hands out no token that would not work', async () => {
    const query = 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input, dryRun: true) { token apiKey { name } } }';
    const { createApiKey } = await server.data(query, { input: { principalId: server.admin.principal.id, name: 'tried' } });
    expect(createApiKey).toEqual({ token: null, apiKey: { name: 'tried' } });
  });

  it('show what would be, and leave nothing', async () => {
    const query = 'mutation ($input: CreateVaultInput!) { createVault(input: $input, dryRun: true) { id name } }';
    const { createVault: shown } = await server.data(query, { input: { name: 'Dry' } });
    expect(shown.name).toBe('Dry');
    const { vaults } = await server.data('{ vaults(filter: { name: "Dry" }) { totalCount edges { node { id } } } }');
    expect(vaults).toEqual({ totalCount: 0, edges: [] });
  });

  it('answer a repeated create with the first result, and refuse other input', async () => {
    const query = 'mutation ($input: CreateVaultInput!) { createVault(input: $input, clientToken: "token-1") { id name } }';
    const first = await server.data(query, { input: { name: 'Once' } });
    expect(await server.data(query, { input: { name: 'Once' } })).toEqual(first);
    const { errors } = await server.ask(query, { input: { name: 'Twice' } });
    expect(errors[0]?.extensions).toMatchObject({ code: 'CLIENT_TOKEN_REUSED', kind: 'already-exists' });
  });

  it('refuse a stale revision', async () => {
    const { createVault: vault } = await server.data(createVault, { input: { name: 'Stale' } });
    const update = 'mutation ($input: UpdateVaultInput!) { updateVault(input: $input) { revision description recoveryKeyLabel } }';
    await server.data(update, { input: { id: vault.id, revision: 1, description: 'a', recoveryKeyLabel: 'r' } });
    const { errors } = await server.ask(update, { input: { id: vault.id, revision: 1, description: 'b' } });
    expect(errors[0]?.extensions).toMatchObject({ code: 'STALE_VERSION', kind: 'stale-version', details: { revision: 2 } });
    const { updateVault } = await server.data(update, { input: { id: vault.id, recoveryKeyLabel: null } });
    expect(updateVault).toEqual({ revision: 3, description: 'a', recoveryKeyLabel: null });
  });
});
