import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start, type TestServer } from './start.js';

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('an estate made over GraphQL', () => {
  it('is made, used, rotated, destroyed and found in the audit log', async () => {
    const { createVault: vault } = await server.data(
      'mutation ($input: CreateVaultInput!) { createVault(input: $input) { id name revision keysCount keystores { id } } }',
      { input: { name: 'Payments', description: null } },
    );
    expect(vault).toMatchObject({ name: 'Payments', revision: 1, keysCount: 0, keystores: [] });

    const { createKeystore: keystore } = await server.data(
      'mutation ($input: CreateKeystoreInput!) { createKeystore(input: $input) { id type groups vault { name } } }',
      { input: { vaultId: vault.id, name: 'Ring', groups: ['prod'], connection: { internal: {} } } },
    );
    expect(keystore).toMatchObject({ type: 'internal', groups: ['prod'], vault: { name: 'Payments' } });

    const { createKeyTemplate: template } = await server.data(
      'mutation ($input: CreateKeyTemplateInput!) { createKeyTemplate(input: $input) { id version key { algorithm size } keysCount } }',
      {
        input: {
          vaultId: vault.id,
          name: 'cards',
          namingScheme: 'card-<APP>',
          key: { algorithm: 'AES', size: '256' },
          targets: [{ keystoreType: 'internal', group: 'prod' }],
        },
      },
    );
    expect(template).toMatchObject({ version: 1, key: { algorithm: 'AES', size: '256' }, keysCount: 0 });

    const { createManagedKey: key } = await server.data(
      `mutation ($input: CreateManagedKeyInput!) {
        createManagedKey(input: $input) {
          id label state version vault { name keysCount } template { name } versions { version verificationPatterns { method } }
          instances { desiredState keystore { name } } keystores { name } alignment { status }
        }
      }`,
      { input: { vaultId: vault.id, templateName: 'cards', namingValues: [{ name: 'APP', value: 'auth' }] } },
    );
    expect(key).toMatchObject({
      label: 'card-auth',
      state: 'ACTIVE',
      version: 1,
      vault: { name: 'Payments', keysCount: 1 },
      template: { name: 'cards' },
      versions: [{ version: 1 }],
      instances: [{ desiredState: 'ACTIVE', keystore: { name: 'Ring' } }],
      keystores: [{ name: 'Ring' }],
      alignment: { status: 'ALIGNED' },
    });

    const { encrypt } = await server.data(
      'mutation ($input: EncryptInput!) { encrypt(input: $input) { keyVersion items { ciphertext error { code } } } }',
      { input: { keyId: key.id, items: [{ plaintext: base64('hello'), aad: base64('a') }] } },
    );
    expect(encrypt).toMatchObject({ keyVersion: 1, items: [{ error: null }] });
    const [{ ciphertext }] = encrypt.items;

    const { rotateManagedKey } = await server.data(
      'mutation ($items: [ManagedKeyItem!]!) { rotateManagedKey(items: $items) { id managedKey { version } error { code } } }',
      { items: [{ id: key.id }] },
    );
    expect(rotateManagedKey).toEqual([{ id: key.id, managedKey: { version: 2 }, error: null }]);

    const { decrypt } = await server.data(
      'mutation ($input: DecryptInput!) { decrypt(input: $input) { items { plaintext keyVersion error { code } } } }',
      {
        input: {
          keyId: key.id,
          items: [
            { ciphertext, aad: base64('a') },
            { ciphertext, aad: base64('b') },
          ],
        },
      },
    );
    expect(decrypt.items).toEqual([
      { plaintext: base64('hello'), keyVersion: 1, error: null },
      { plaintext: null, keyVersion: null, error: { code: 'CIPHERTEXT_INVALID' } },
    ]);

    const { destroyManagedKey } = await server.data(
      `mutation ($items: [ManagedKeyItem!]!) {
        destroyManagedKey(items: $items) { managedKey { state destroyAt } error { code kind message details } }
      }`,
      { items: [{ id: key.id }, { id: '00000000-0000-4000-8000-000000000000' }] },
    );
    expect(destroyManagedKey[0].managedKey.state).toMatch(/DEACTIVATED|DESTROYED/);
    expect(destroyManagedKey[1]).toMatchObject({ managedKey: null, error: { code: 'MANAGED_KEY_NOT_FOUND', kind: 'not-found' } });

    const { auditEvents } = await server.data(
      '{ auditEvents(first: 50, filter: { actionPrefix: "managed-key." }) { edges { node { action outcome count } } } }',
    );
    const actions = auditEvents.edges.map(({ node }: { node: { action: string } }) => node.action);
    expect(actions).toEqual(
      expect.arrayContaining(['managed-key.create', 'managed-key.encrypt', 'managed-key.rotate', 'managed-key.destroy']),
    );
  });
});
