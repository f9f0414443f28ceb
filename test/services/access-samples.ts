/** One valid input per operation, about the objects of one vault: what the access matrix asks for. */
import { generateKeyPairSync } from 'node:crypto';
import type { Keystore } from '../../src/domain/keystore.js';
import type { ImportKey, ManagedKey } from '../../src/domain/managed-key.js';
import type { KeyTemplate } from '../../src/domain/template.js';
import type { Vault } from '../../src/domain/vault.js';
import { createKeystore } from '../../src/services/keystores/create.js';
import { createManagedKey } from '../../src/services/managed-keys/create.js';
import { createManagedKeyImport } from '../../src/services/managed-keys/create-import.js';
import { deactivateManagedKey } from '../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../src/services/managed-keys/destroy.js';
import { perform } from '../../src/services/perform.js';
import { reconciler } from '../../src/services/reconciler/reconciler.js';
import { createKeyTemplate } from '../../src/services/templates/create.js';
import { createVault } from '../../src/services/vaults/create.js';
import type { TestEstate } from '../fakes/estate.js';

/** A vault with a keystore, a template, a key in each state of interest, and people. */
export interface VaultWorld {
  readonly vault: Vault;
  readonly keystore: Keystore;
  readonly template: KeyTemplate;
  readonly keys: {
    readonly PRE_ACTIVATION: ManagedKey;
    readonly ACTIVE: ManagedKey;
    readonly DEACTIVATED: ManagedKey;
    readonly DESTROYED: ManagedKey;
  };
  readonly hmacKey: ManagedKey;
  readonly signingKey: ManagedKey;
  readonly importKey: Pick<ImportKey, 'id'>;
  readonly principalId: string;
}

export async function vaultWorld({ estate, admin }: TestEstate, name: string): Promise<VaultWorld> {
  const vault = await perform(estate, admin, createVault, { name });
  const inVault = { vaultId: vault.id };
  const keystore = await perform(estate, admin, createKeystore, { ...inVault, type: 'internal', name: 'ring' });
  const targets = [{ keystoreType: 'internal', group: 'ring' }];
  const template = await perform(estate, admin, createKeyTemplate, {
    ...inVault,
    name: 'aes',
    key: { algorithm: 'AES', size: '256' },
    targets,
  });
  const key = async (label: string, initialState: 'ACTIVE' | 'PRE_ACTIVATION' = 'ACTIVE') =>
    await perform(estate, admin, createManagedKey, { ...inVault, templateId: template.id, label, initialState });
  const special = async (label: string, algorithm: string, size: string) =>
    await perform(estate, admin, createManagedKey, { ...inVault, label, template: { key: { algorithm, size }, targets } });
  const deactivated = await perform(estate, admin, deactivateManagedKey, { id: (await key('deactivated')).id });
  const destroyed = await perform(estate, admin, destroyManagedKey, { id: (await key('destroyed')).id });
  const imported = await perform(estate, admin, createManagedKeyImport, { ...inVault, templateId: template.id, label: 'imported' });
  const world = {
    vault,
    keystore,
    template,
    keys: {
      PRE_ACTIVATION: await key('new', 'PRE_ACTIVATION'),
      ACTIVE: await key('active'),
      DEACTIVATED: deactivated,
      DESTROYED: destroyed,
    },
    hmacKey: await special('hmac', 'HMAC', '256'),
    signingKey: await special('signing', 'EC', 'P-256'),
    importKey: imported.importKey,
    principalId: admin.principal.id,
  };
  await reconciler(estate).settle();
  return world;
}

interface AccessSample {
  /** `IN_VAULT`: a right in the vault is needed; `ON_INSTANCE`: one on the instance; `ANYWHERE`: a right in any vault admits, and decides what is shown. */
  readonly happens: 'IN_VAULT' | 'ON_INSTANCE' | 'ANYWHERE';
  readonly input: (world: VaultWorld) => unknown;
  /** The key whose state decides which right is needed. */
  readonly key?: (world: VaultWorld) => ManagedKey;
}

const bytes = new Uint8Array(32);
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const somewhere = '00000000-0000-4000-8000-0000000000ff';

const anywhere = (input: unknown = {}): AccessSample => ({ happens: 'ANYWHERE', input: () => input });
const onInstance = (input: AccessSample['input'] = () => ({})): AccessSample => ({ happens: 'ON_INSTANCE', input });
const inVault = (input: AccessSample['input']): AccessSample => ({ happens: 'IN_VAULT', input });
const onKey = (state: keyof VaultWorld['keys'], more: object = {}): AccessSample => ({
  happens: 'IN_VAULT',
  key: (world) => world.keys[state],
  input: (world) => ({ id: world.keys[state].id, ...more }),
});
const onVault = (more: object = {}) => inVault(({ vault }) => ({ id: vault.id, ...more }));
const onKeystore = (more: object = {}) => inVault(({ keystore }) => ({ id: keystore.id, ...more }));
const onTemplate = (more: object = {}) => inVault(({ template }) => ({ id: template.id, ...more }));
const use = (key: (world: VaultWorld) => ManagedKey, items: readonly object[]) => inVault((world) => ({ keyId: key(world).id, items }));
const aes = (world: VaultWorld) => world.keys.ACTIVE;
const hmac = (world: VaultWorld) => world.hmacKey;
const ec = (world: VaultWorld) => world.signingKey;

export const accessSamples: Readonly<Record<string, AccessSample>> = {
  activateManagedKey: onKey('PRE_ACTIVATION'),
  activateMasterKey: onInstance(() => ({ verificationPattern: bytes })),
  alignManagedKey: onKey('ACTIVE'),
  apiKeys: onInstance(),
  archiveKeyTemplate: onTemplate(),
  auditCheckpoint: anywhere(),
  auditConsistencyProof: anywhere({ first: 1, second: 2 }),
  auditEventAdded: anywhere(),
  auditEvents: anywhere(),
  auditInclusionProof: anywhere({ index: 0 }),
  cancelManagedKeyDestruction: onKey('DEACTIVATED'),
  clearNewMasterKey: onInstance(),
  commitMasterKey: onInstance(() => ({ verificationPattern: bytes })),
  compromiseManagedKey: onKey('ACTIVE'),
  createApiKey: onInstance(({ principalId }) => ({ principalId, name: 'key' })),
  createBackup: onInstance(),
  createKeyTemplate: inVault(({ vault }) => ({
    vaultId: vault.id,
    name: 'other',
    // A template that decides about states of keys needs more: separation-of-duties.test.ts.
    key: { algorithm: 'AES', size: '256', initialState: 'PRE_ACTIVATION' },
    targets: [{ keystoreType: 'internal', group: 'ring' }],
  })),
  createKeystore: inVault(({ vault }) => ({ vaultId: vault.id, type: 'internal', name: 'other' })),
  createManagedKey: inVault(({ vault, template }) => ({ vaultId: vault.id, templateId: template.id, label: 'other' })),
  createManagedKeyImport: inVault(({ vault, template }) => ({ vaultId: vault.id, templateId: template.id, label: 'other' })),
  createPrincipal: onInstance(() => ({ kind: 'USER', name: 'Somebody' })),
  createRole: onInstance(() => ({ name: 'Own', actions: ['vaults.read'] })),
  createRoleBinding: onInstance(({ principalId, vault }) => ({ principalId, roleId: 'Reader', scope: { kind: 'VAULT', id: vault.id } })),
  createVault: onInstance(() => ({ name: 'Another' })),
  deactivateManagedKey: onKey('ACTIVE'),
  decrypt: use(aes, [{ ciphertext: bytes }]),
  deleteKeyTemplate: onTemplate(),
  deleteKeystore: onKeystore(),
  deletePrincipal: onInstance(({ principalId }) => ({ id: principalId })),
  deleteRole: onInstance(() => ({ id: somewhere })),
  deleteRoleBinding: onInstance(() => ({ id: somewhere })),
  deleteVault: onVault(),
  destroyManagedKey: onKey('ACTIVE'),
  encrypt: use(aes, [{ plaintext: bytes }]),
  endManagedKeyDestruction: onKey('DEACTIVATED'),
  eraseImportKey: inVault(({ importKey }) => ({ id: importKey.id })),
  expiring: anywhere(),
  exposeKeyTemplate: onTemplate(),
  generateMac: use(hmac, [{ data: bytes }]),
  generateRandom: anywhere({ length: 8 }),
  hsm: onInstance(),
  hsmImporters: onInstance(),
  importManagedKey: inVault(({ importKey }) => ({ importKeyId: importKey.id, mechanism: 'RSA_OAEP_SHA256', wrappedMaterial: bytes })),
  initialiseMasterKey: onInstance(),
  instance: anywhere(),
  keyInstances: anywhere(),
  keyTemplate: onTemplate(),
  keyTemplates: anywhere(),
  keyVersions: inVault(({ keys }) => ({ managedKeyId: keys.ACTIVE.id })),
  keystore: onKeystore(),
  keystoreTypes: anywhere(),
  keystores: anywhere(),
  loadMasterKeyPart: onInstance(() => ({
    part: 1,
    total: 2,
    byUnit: [{ unit: 1, encrypted: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })) }],
  })),
  managedKey: onKey('ACTIVE'),
  managedKeyChanged: anywhere(),
  managedKeys: anywhere(),
  metrics: onInstance(),
  principals: onInstance(),
  removeManagedKey: onKey('DESTROYED'),
  revokeApiKey: onInstance(() => ({ id: somewhere })),
  rewrapKey: use(aes, [{ ciphertext: bytes }]),
  roleBindings: onInstance(),
  roles: onInstance(),
  rotateManagedKey: onKey('ACTIVE'),
  sign: use(ec, [{ data: bytes }]),
  syncManagedKey: onKey('ACTIVE'),
  testKeystore: onKeystore(),
  unarchiveKeyTemplate: onTemplate(),
  unwrapKey: use(aes, [{ ciphertext: bytes }]),
  updateKeyTemplate: onTemplate({ description: 'changed' }),
  updateKeystore: onKeystore({ description: 'changed' }),
  updateManagedKey: onKey('ACTIVE', { description: 'changed' }),
  updatePrincipal: onInstance(({ principalId }) => ({ id: principalId, description: 'changed' })),
  updateRole: onInstance(() => ({ id: somewhere, description: 'changed' })),
  updateVault: onVault({ description: 'changed' }),
  vault: onVault(),
  vaults: anywhere(),
  verify: use(ec, [{ data: bytes, signature: new Uint8Array(64) }]),
  verifyMac: use(hmac, [{ data: bytes, mac: bytes }]),
  wrapKey: use(aes, [{ plaintext: bytes }]),
};
