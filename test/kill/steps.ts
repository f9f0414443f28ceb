/** The operations that clients choose from, each made up at random out of what is known. */
import { randomBytes } from 'node:crypto';
import type { Chances, KeyAnswer, Known, Step } from './estate.js';

type MakeStep = (chances: Chances) => Step | undefined;

const keyFields = 'id revision state version destroyAt';
const create = (name: string, type: string, fields: string) =>
  `mutation ($input: ${type}!, $token: String) { r: ${name}(input: $input, clientToken: $token) { ${fields} } }`;
const change = (name: string, type: string, fields: string) => `mutation ($input: ${type}!) { r: ${name}(input: $input) { ${fields} } }`;

/** A key that is there or was; newer ones more often. */
function someKey({ random, known }: Chances): string | undefined {
  const { length } = known.keys;
  return length === 0 ? undefined : known.keys[length - 1 - Math.floor(random.unit() * random.unit() * length)];
}

const createKey: MakeStep = (chances) => {
  const { random, known, newName } = chances;
  if (known.templates.length === 0) return undefined;
  const template = random.pick(known.templates);
  const label = newName();
  const begins = random.weighted({ ACTIVE: 7, PRE_ACTIVATION: 2, BY_DATE: 1 });
  const dates = begins === 'BY_DATE' ? { activationDate: dayFromNow(1), lifecyclePolicy: { activateOnDate: true } } : {};
  return {
    action: 'managed-key.create',
    effect: 'CHANGE',
    document: create('createManagedKey', 'CreateManagedKeyInput', keyFields),
    variables: {
      input: {
        vaultId: template.vaultId,
        templateId: template.id,
        label,
        initialState: begins === 'ACTIVE' ? 'ACTIVE' : 'PRE_ACTIVATION',
        ...dates,
      },
    },
    clientToken: random.chance(0.8) ? `token-${label}` : null,
    subjects: [],
    learn: (_known, result) => {
      const key = result as KeyAnswer;
      if (!known.keys.includes(key.id)) known.keys.push(key.id);
      return { createdId: key.id, key };
    },
  };
};

const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** Lifecycle mutations, which take a list of keys. */
function lifecycle(name: string, action: string, mostKeys: number): MakeStep {
  return (chances) => {
    const count = mostKeys === 1 ? 1 : 2 + chances.random.below(mostKeys - 1);
    const subjects = [...new Set(Array.from({ length: count }, () => someKey(chances)).filter((id) => id !== undefined))];
    if (subjects.length === 0) return undefined;
    return {
      action,
      effect: 'CHANGE',
      document: `mutation ($items: [ManagedKeyItem!]!) { r: ${name}(items: $items) { id error { code } managedKey { ${keyFields} } } }`,
      variables: { items: subjects.map((id) => ({ id })) },
      clientToken: null,
      subjects,
      learn: (_known, result) => {
        const { managedKey } = result as { managedKey: KeyAnswer | null };
        // The answer to a removal shows the key as it was.
        return action === 'managed-key.remove' ? {} : { key: managedKey };
      },
    };
  };
}

const updateKey: MakeStep = (chances) => {
  const id = someKey(chances);
  if (id === undefined) return undefined;
  return {
    action: 'managed-key.update',
    effect: 'CHANGE',
    document: change('updateManagedKey', 'UpdateManagedKeyInput', keyFields),
    variables: { input: { id, description: chances.newName() } },
    clientToken: null,
    subjects: [id],
    learn: (_known, result) => ({ key: result as KeyAnswer }),
  };
};

/** Encrypts a few items; each is kept to be opened again. */
const encrypt: MakeStep = (chances) => {
  const keyId = someKey(chances);
  if (keyId === undefined) return undefined;
  const plaintexts = Array.from({ length: 1 + chances.random.below(4) }, () => randomBytes(32).toString('base64'));
  return {
    action: 'managed-key.encrypt',
    effect: 'USE',
    document: change('encrypt', 'EncryptInput', 'keyVersion items { ciphertext error { code } }'),
    variables: { input: { keyId, items: plaintexts.map((plaintext) => ({ plaintext })) } },
    clientToken: null,
    subjects: [keyId],
    learn: (known, result) => {
      const { keyVersion, items } = result as { keyVersion: number; items: { ciphertext: string | null }[] };
      for (const [place, { ciphertext }] of items.entries()) {
        if (ciphertext !== null) known.kept.push({ keyId, version: keyVersion, ciphertext, plaintext: plaintexts[place] ?? '' });
      }
      return {};
    },
  };
};

const wrap: MakeStep = (chances) => {
  const keyId = someKey(chances);
  if (keyId === undefined) return undefined;
  return {
    action: 'managed-key.wrap',
    effect: 'USE',
    document: change('wrapKey', 'WrapKeyInput', 'keyVersion items { ciphertext plaintext error { code } }'),
    variables: { input: { keyId, items: [{}] } },
    clientToken: null,
    subjects: [keyId],
    learn: (known, result) => {
      const { keyVersion, items } = result as { keyVersion: number; items: { ciphertext: string | null; plaintext: string | null }[] };
      for (const { ciphertext, plaintext } of items) {
        if (ciphertext !== null && plaintext !== null) known.kept.push({ keyId, version: keyVersion, ciphertext, plaintext });
      }
      return {};
    },
  };
};

/** Opens something kept earlier; what comes back is looked at when the run is checked. */
function opening(action: string, name: string, type: string): MakeStep {
  return ({ random, known }) => {
    if (known.kept.length === 0) return undefined;
    const { keyId, ciphertext } = random.pick(known.kept);
    return {
      action,
      effect: 'USE',
      document: change(name, type, 'items { plaintext error { code } }'),
      variables: { input: { keyId, items: [{ ciphertext }] } },
      clientToken: null,
      subjects: [keyId],
      learn: () => ({}),
    };
  };
}

const createVault: MakeStep = ({ known, newName }) => {
  const name = newName();
  return {
    action: 'vault.create',
    effect: 'CHANGE',
    document: create('createVault', 'CreateVaultInput', 'id'),
    variables: { input: { name } },
    clientToken: `token-${name}`,
    subjects: [],
    learn: (_known, result) => made(known.vaults, (result as { id: string }).id, ''),
  };
};

const createKeystore: MakeStep = ({ random, known, newName }) => {
  if (known.vaults.length === 0 || known.keystores.length >= 8) return undefined;
  const name = newName();
  const vaultId = random.pick(known.vaults).id;
  // What is in this group is a target of every template: keys made before do not follow by themselves.
  const input = { vaultId, name, groups: ['later'], connection: { internal: {} }, pendingDestructionSeconds: 0 };
  return {
    action: 'keystore.create',
    effect: 'CHANGE',
    document: create('createKeystore', 'CreateKeystoreInput', 'id'),
    variables: { input },
    clientToken: `token-${name}`,
    subjects: [],
    learn: (_known, result) => made(known.keystores, (result as { id: string }).id, vaultId),
  };
};

/** Another description for something that has one. */
function describing(action: string, name: string, type: string, listOf: (known: Known) => readonly { readonly id: string }[]): MakeStep {
  return ({ random, known, newName }) => {
    const things = listOf(known);
    if (things.length === 0) return undefined;
    const { id } = random.pick(things);
    return {
      action,
      effect: 'CHANGE',
      document: change(name, type, 'id'),
      variables: { input: { id, description: newName() } },
      clientToken: null,
      subjects: [id],
      learn: () => ({}),
    };
  };
}

/** A bearer secret of the caller's own: it is known even when the answer is lost. */
const createApiKey: MakeStep = ({ random, known, newName }) => {
  if (known.principals.length === 0) return undefined;
  const name = newName();
  const input = { principalId: random.pick(known.principals).id, name };
  return {
    action: 'api-key.create',
    effect: 'CHANGE',
    document: 'mutation ($input: CreateApiKeyInput!) { r: createApiKey(input: $input) { token apiKey { id } } }',
    variables: { input },
    clientToken: null,
    subjects: [],
    learn: (_known, result) => {
      const { token, apiKey } = result as { token: string; apiKey: { id: string } };
      known.apiKeys.push({ id: apiKey.id, token, revoked: 'NO' });
      return { createdId: apiKey.id };
    },
  };
};

const revokeApiKey: MakeStep = ({ random, known }) => {
  const living = known.apiKeys.filter(({ revoked }) => revoked === 'NO');
  if (living.length === 0) return undefined;
  const apiKey = random.pick(living);
  apiKey.revoked = 'ASKED';
  return {
    action: 'api-key.revoke',
    effect: 'CHANGE',
    document: change('revokeApiKey', 'RevokeApiKeyInput', 'id'),
    variables: { input: { id: apiKey.id } },
    clientToken: null,
    subjects: [apiKey.id],
    learn: () => {
      apiKey.revoked = 'YES';
      return {};
    },
  };
};

const listKeys: MakeStep = () => ({
  action: 'managed-key.list',
  effect: 'READ',
  document: '{ r: managedKeys(first: 50) { totalCount edges { node { id label state } } } }',
  variables: {},
  clientToken: null,
  subjects: [],
  learn: () => ({}),
});

function made(things: { id: string; vaultId: string }[], id: string, vaultId: string): { createdId: string } {
  if (!things.some((thing) => thing.id === id)) things.push({ id, vaultId });
  return { createdId: id };
}

/** By name: how often it is chosen, and how it is made. */
const table = {
  createKey: { weight: 16, make: createKey },
  activate: { weight: 6, make: lifecycle('activateManagedKey', 'managed-key.activate', 1) },
  rotate: { weight: 10, make: lifecycle('rotateManagedKey', 'managed-key.rotate', 1) },
  deactivate: { weight: 5, make: lifecycle('deactivateManagedKey', 'managed-key.deactivate', 1) },
  compromise: { weight: 1, make: lifecycle('compromiseManagedKey', 'managed-key.compromise', 1) },
  destroy: { weight: 5, make: lifecycle('destroyManagedKey', 'managed-key.destroy', 1) },
  cancel: { weight: 4, make: lifecycle('cancelManagedKeyDestruction', 'managed-key.cancel-destruction', 1) },
  remove: { weight: 2, make: lifecycle('removeManagedKey', 'managed-key.remove', 1) },
  sync: { weight: 2, make: lifecycle('syncManagedKey', 'managed-key.sync', 1) },
  rotateMany: { weight: 3, make: lifecycle('rotateManagedKey', 'managed-key.rotate', 8) },
  activateMany: { weight: 3, make: lifecycle('activateManagedKey', 'managed-key.activate', 8) },
  deactivateMany: { weight: 1, make: lifecycle('deactivateManagedKey', 'managed-key.deactivate', 5) },
  destroyMany: { weight: 1, make: lifecycle('destroyManagedKey', 'managed-key.destroy', 4) },
  updateKey: { weight: 5, make: updateKey },
  encrypt: { weight: 14, make: encrypt },
  decrypt: { weight: 7, make: opening('managed-key.decrypt', 'decrypt', 'DecryptInput') },
  wrap: { weight: 5, make: wrap },
  unwrap: { weight: 3, make: opening('managed-key.unwrap', 'unwrapKey', 'UnwrapKeyInput') },
  createVault: { weight: 1, make: createVault },
  updateVault: { weight: 2, make: describing('vault.update', 'updateVault', 'UpdateVaultInput', ({ vaults }) => vaults) },
  createKeystore: { weight: 1, make: createKeystore },
  updateKeystore: { weight: 2, make: describing('keystore.update', 'updateKeystore', 'UpdateKeystoreInput', ({ keystores }) => keystores) },
  updateTemplate: {
    weight: 2,
    make: describing('key-template.update', 'updateKeyTemplate', 'UpdateKeyTemplateInput', ({ templates }) => templates),
  },
  createApiKey: { weight: 2, make: createApiKey },
  revokeApiKey: { weight: 2, make: revokeApiKey },
  listKeys: { weight: 3, make: listKeys },
} as const satisfies Record<string, { readonly weight: number; readonly make: MakeStep }>;

const weights = Object.fromEntries(Object.entries(table).map(([name, { weight }]) => [name, weight])) as Record<keyof typeof table, number>;

/** The next thing a client does. */
export function nextStep(chances: Chances): Step {
  for (;;) {
    const step = table[chances.random.weighted(weights)].make(chances);
    if (step) return step;
  }
}

/** Names that do not repeat within a data folder: of a run, and counted. */
export function namesOf(run: number): () => string {
  let last = 0;
  return () => {
    last += 1;
    return `run-${run}-${last}`;
  };
}
