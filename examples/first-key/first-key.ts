/** A vault, a keystore and a key; then a word encrypted and decrypted with it. */
import { readFileSync } from 'node:fs';

const endpoint = process.env.KYOK_ENDPOINT ?? 'http://127.0.0.1:4000';
const key = process.env.KYOK_API_KEY ?? readFileSync('.kyok/admin.key', 'utf8').trim();

/** What one field of the API answers. */
async function ask<Answer>(field: string, variables: object, query: string): Promise<Answer> {
  const response = await fetch(`${endpoint}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Record<string, Answer>; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data[field] as Answer;
}

/** The id of what is made; the client token lets a second run find what the first one made. */
const create = async (noun: string, input: object): Promise<string> => {
  const token = `"TypeScript-${noun}"`;
  const query = `mutation($input: Create${noun}Input!) { create${noun}(input: $input, clientToken: ${token}) { id } }`;
  return (await ask<{ id: string }>(`create${noun}`, { input }, query)).id;
};

const vaultId = await create('Vault', { name: 'First key in TypeScript' });
await create('Keystore', { vaultId, name: 'tokens', connection: { internal: {} } });
const keyId = await create('ManagedKey', {
  vaultId,
  label: 'first-key',
  template: {
    key: { algorithm: 'AES', size: '256', initialState: 'ACTIVE' },
    targets: [{ keystoreType: 'internal', group: 'tokens' }],
  },
});

const plaintext = Buffer.from('hello').toString('base64');
const encrypted = await ask<{ items: [{ ciphertext: string }] }>(
  'encrypt',
  { input: { keyId, items: [{ plaintext }] } },
  'mutation($input: EncryptInput!) { encrypt(input: $input) { items { ciphertext } } }',
);
const { ciphertext } = encrypted.items[0];
const decrypted = await ask<{ items: [{ plaintext: string }] }>(
  'decrypt',
  { input: { keyId, items: [{ ciphertext }] } },
  'mutation($input: DecryptInput!) { decrypt(input: $input) { items { plaintext } } }',
);
console.log(Buffer.from(decrypted.items[0].plaintext, 'base64').toString());
