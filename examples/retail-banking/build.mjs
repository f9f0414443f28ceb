/** Builds the estate, or finds what an earlier run has built. */
import { keys, keystores, templates, vaults } from './estate.mjs';

/** @typedef {ReturnType<import('./client.mjs').clientOf>} Client */
/** @typedef {ReturnType<import('./report.mjs').reportTo>} Report */
/** @typedef {{ id: string, name: string }} Named */

/**
 * What stands, by name or purpose.
 * @typedef {{ vaults: Map<string, Named>, keys: Map<string, { id: string, label: string }> }} Estate
 */

/** @param {Client} client @param {Report} report @returns {Promise<Estate>} */
export async function buildEstate(client, report) {
  const madeVaults = await report.step('vaults', 'two business units', () => all(vaults, (vault) => vaultOf(client, vault)));
  const byName = new Map(vaults.map(({ name }, at) => [name, /** @type {Named} */ (madeVaults[at])]));
  const idOf = (/** @type {string} */ name) => byName.get(name)?.id ?? '';
  await report.step('keystores', 'three rings of the internal key service', () =>
    all(keystores, (keystore) => keystoreOf(client, idOf(keystore.vault), keystore)),
  );
  await report.step('templates', 'naming scheme <APP>-<ENV>-<lay>', () =>
    all(templates, (template) => templateOf(client, idOf(template.vault), template)),
  );
  const madeKeys = await report.step('keys', 'ten keys', () => all(keys, (key) => keyOf(client, idOf(key.vault), key)));
  return { vaults: byName, keys: new Map(keys.map(({ purpose }, at) => [purpose, /** @type {any} */ (madeKeys[at])])) };
}

/**
 * Makes each thing unless it is there, one after the other, and counts.
 * @template D
 * @param {readonly D[]} definitions
 * @param {(definition: D) => Promise<{ made: boolean, thing: any }>} ensure
 */
async function all(definitions, ensure) {
  const results = [];
  for (const definition of definitions) results.push(await ensure(definition));
  const made = results.filter((result) => result.made).length;
  const names = results.map(({ thing }) => thing.label ?? thing.name);
  const counts = [made > 0 ? `${made} made` : '', made < results.length ? `${results.length - made} found` : ''].filter(Boolean).join(', ');
  return { result: `${counts}: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}`, value: results.map(({ thing }) => thing) };
}

/** @param {Client} client @param {typeof vaults[number]} vault */
async function vaultOf(client, vault) {
  const { vaults: found } = await client.request(
    'query ($name: String!) { vaults(filter: { name: $name }, first: 100) { edges { node { id name } } } }',
    { name: vault.name },
  );
  const there = nodes(found).find(({ name }) => name === vault.name);
  if (there) return { made: false, thing: there };
  const { createVault } = await client.request('mutation ($input: CreateVaultInput!) { createVault(input: $input) { id name } }', {
    input: vault,
  });
  return { made: true, thing: createVault };
}

/** @param {Client} client @param {string} vaultId @param {typeof keystores[number]} keystore */
async function keystoreOf(client, vaultId, { vault: _vault, type, ...keystore }) {
  const { keystores: found } = await client.request(
    'query ($vaultIds: [ID!]) { keystores(filter: { vaultIds: $vaultIds }, first: 100) { edges { node { id name } } } }',
    { vaultIds: [vaultId] },
  );
  const there = nodes(found).find(({ name }) => name === keystore.name);
  if (there) return { made: false, thing: there };
  const { createKeystore } = await client.request('mutation ($input: CreateKeystoreInput!) { createKeystore(input: $input) { id name } }', {
    input: { ...keystore, vaultId, connection: { [type]: {} } },
  });
  return { made: true, thing: createKeystore };
}

/** @param {Client} client @param {string} vaultId @param {typeof templates[number]} template */
async function templateOf(client, vaultId, { vault: _vault, ...template }) {
  const { keyTemplates } = await client.request(
    'query ($vaultIds: [ID!]) { keyTemplates(filter: { vaultIds: $vaultIds }, first: 100) { edges { node { id name } } } }',
    { vaultIds: [vaultId] },
  );
  const there = nodes(keyTemplates).find(({ name }) => name === template.name);
  if (there) return { made: false, thing: there };
  const { createKeyTemplate } = await client.request(
    'mutation ($input: CreateKeyTemplateInput!) { createKeyTemplate(input: $input) { id name } }',
    { input: { ...template, vaultId } },
  );
  return { made: true, thing: createKeyTemplate };
}

/** @param {Client} client @param {string} vaultId @param {typeof keys[number]} key */
async function keyOf(client, vaultId, { purpose, template, application, label, own }) {
  const { managedKeys } = await client.request(
    `query ($vaultIds: [ID!], $purpose: String!) {
      managedKeys(filter: { vaultIds: $vaultIds, states: [PRE_ACTIVATION, ACTIVE, DEACTIVATED], tagName: "purpose", tagValue: $purpose }, first: 100) {
        edges { node { id label state destroyAt } }
      }
    }`,
    { vaultIds: [vaultId], purpose },
  );
  const there = nodes(managedKeys).find(({ destroyAt }) => destroyAt === null);
  if (there) return { made: false, thing: await active(client, there) };
  const names = own
    ? { template: own, label }
    : {
        templateName: template,
        namingValues: [
          { name: 'APP', value: application },
          { name: 'ENV', value: 'prod' },
        ],
      };
  const { createManagedKey } = await client.request(
    'mutation ($input: CreateManagedKeyInput!) { createManagedKey(input: $input) { id label } }',
    { input: { vaultId, ...names, tags: [{ name: 'purpose', value: purpose }] } },
  );
  return { made: true, thing: createManagedKey };
}

/** An earlier run that was stopped half way may have left a key deactivated. @param {Client} client @param {any} key */
async function active(client, key) {
  if (key.state === 'ACTIVE') return key;
  await client.request('mutation ($id: ID!) { activateManagedKey(items: [{ id: $id }]) { id error { message } } }', { id: key.id });
  return key;
}

/** @param {{ edges: readonly { node: any }[] }} connection @returns {any[]} */
function nodes({ edges }) {
  return edges.map(({ node }) => node);
}
