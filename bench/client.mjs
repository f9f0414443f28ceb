/** Single GraphQL requests, for setting up what is measured. */

/** @param {{ endpoint: string, token: string }} server @param {string} query @param {object} [variables] */
export async function ask({ endpoint, token }, query, variables = {}) {
  const response = await fetch(`${endpoint}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(120_000),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors[0]));
  return data;
}

/** A vault with an internal keystore, and a template of AES-256 keys for it. */
export async function makeEstate(server) {
  const { createVault: vault } = await ask(server, 'mutation { createVault(input: { name: "bench" }) { id } }');
  await ask(server, createKeystore, { input: { vaultId: vault.id, name: 'store', connection: { internal: {} } } });
  const { createKeyTemplate: template } = await ask(server, createTemplate, { vault: vault.id });
  return { vaultId: vault.id, templateId: template.id };
}

const createKeystore = 'mutation ($input: CreateKeystoreInput!) { createKeystore(input: $input) { id } }';
const createTemplate = `mutation ($vault: ID!) { createKeyTemplate(input: { vaultId: $vault, name: "aes",
  key: { algorithm: AES, size: "256", initialState: ACTIVE }, targets: [{ keystoreType: "internal", group: "store" }] }) { id } }`;

export const createKeyMutation = 'mutation ($input: CreateManagedKeyInput!) { createManagedKey(input: $input) { id state } }';

/** An active key that can be used. */
export async function makeKey(server, { vaultId, templateId }, label) {
  const { createManagedKey } = await ask(server, createKeyMutation, { input: { vaultId, templateId, label } });
  return createManagedKey.id;
}
