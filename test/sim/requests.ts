/** How each verb is asked for, by what is known and the deed's numbers. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import type { ManagedKey } from '../../src/domain/managed-key.js';
import { addDays, dayOf } from '../../src/domain/time.js';
import { auditCheckpoint } from '../../src/services/audit/checkpoint.js';
import { decrypt } from '../../src/services/crypto/decrypt.js';
import { encrypt } from '../../src/services/crypto/encrypt.js';
import { generateMac } from '../../src/services/crypto/generate-mac.js';
import { sign } from '../../src/services/crypto/sign.js';
import { unwrapKey } from '../../src/services/crypto/unwrap-key.js';
import { wrapKey } from '../../src/services/crypto/wrap-key.js';
import { createApiKey } from '../../src/services/iam/create-api-key.js';
import { createPrincipal } from '../../src/services/iam/create-principal.js';
import { revokeApiKey } from '../../src/services/iam/revoke-api-key.js';
import { createKeystore } from '../../src/services/keystores/create.js';
import { deleteKeystore } from '../../src/services/keystores/delete.js';
import { updateKeystore } from '../../src/services/keystores/update.js';
import { activateManagedKey } from '../../src/services/managed-keys/activate.js';
import { alignManagedKey } from '../../src/services/managed-keys/align.js';
import { cancelManagedKeyDestruction } from '../../src/services/managed-keys/cancel-destruction.js';
import { compromiseManagedKey } from '../../src/services/managed-keys/compromise.js';
import { createManagedKey } from '../../src/services/managed-keys/create.js';
import { createManagedKeyImport } from '../../src/services/managed-keys/create-import.js';
import { deactivateManagedKey } from '../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../src/services/managed-keys/destroy.js';
import { importManagedKey } from '../../src/services/managed-keys/import.js';
import { managedKeys } from '../../src/services/managed-keys/list.js';
import { removeManagedKey } from '../../src/services/managed-keys/remove.js';
import { rotateManagedKey } from '../../src/services/managed-keys/rotate.js';
import { syncManagedKey } from '../../src/services/managed-keys/sync.js';
import { updateManagedKey } from '../../src/services/managed-keys/update.js';
import type { AnyOperation } from '../../src/services/operations.js';
import { archiveKeyTemplate } from '../../src/services/templates/archive.js';
import { createKeyTemplate } from '../../src/services/templates/create.js';
import { deleteKeyTemplate } from '../../src/services/templates/delete.js';
import { updateKeyTemplate } from '../../src/services/templates/update.js';
import { createVault } from '../../src/services/vaults/create.js';
import { deleteVault } from '../../src/services/vaults/delete.js';
import { updateVault } from '../../src/services/vaults/update.js';
import { at, choose, isActive, isAlive, isEnded, isIdle, isWaiting, type Taste } from './choose.js';
import { cloudType } from './ground.js';
import type { Known } from './known.js';
import type { Deed, Numbers, Verb } from './plan.js';

export interface Request {
  readonly operation: AnyOperation;
  readonly input: object;
  /** What it is about; `null` for creates. */
  readonly subjectId: string | null;
  /** Whether it takes a client token. */
  readonly takesToken: boolean;
  /** Keeps what the answer teaches, and says which id was created and which key was answered. */
  learn(output: never): { readonly createdId?: string; readonly key?: ManagedKey };
}

export interface Asking {
  readonly known: Known;
  readonly deed: Deed;
  readonly now: string;
}

type Ask = (asking: Asking) => Request | undefined;

/** Lists of keys are several requests, and waiting is none. */
export type SingleVerb = Exclude<Verb, 'bulk' | 'wait'>;

export const requests: Readonly<Record<SingleVerb, Ask>> = {
  createManagedKey: ({ known, deed: { numbers }, now }) => {
    const input = {
      ...newKey(known, numbers),
      ...datesOf(numbers, now),
      initialState: numbers[3] % 4 === 0 ? 'PRE_ACTIVATION' : 'ACTIVE',
    };
    return create(createManagedKey, input, (key: ManagedKey) => ({ createdId: key.id, key: keep(known, key) }));
  },
  createManagedKeyImport: ({ known, deed: { numbers } }) => {
    const input = { ...newKey(known, numbers), initialState: numbers[3] % 2 === 0 ? 'PRE_ACTIVATION' : 'ACTIVE' };
    return create(
      createManagedKeyImport,
      { ...input, ...withAes(input) },
      ({ managedKey, importKey }: { managedKey: ManagedKey; importKey: { id: string; publicKey: Uint8Array } }) => {
        known.imports.push({ importKeyId: importKey.id, keyId: managedKey.id, publicKey: importKey.publicKey });
        return { createdId: importKey.id, key: keep(known, managedKey) };
      },
    );
  },
  importManagedKey: ({ known, deed: { numbers } }) => {
    const offered = at(known.imports, numbers[0]);
    if (!offered) return undefined;
    const key = createPublicKey({ key: Buffer.from(offered.publicKey), format: 'der', type: 'spki' });
    const padding = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    const wrappedMaterial = new Uint8Array(publicEncrypt(padding, Buffer.alloc(32, numbers[1] % 256)));
    const input = { importKeyId: offered.importKeyId, mechanism: 'RSA_OAEP_SHA256', wrappedMaterial };
    return { ...about(importManagedKey, offered.keyId, input), learn: (key: ManagedKey) => ({ key: keep(known, key) }) };
  },
  activate: onKey(activateManagedKey, isIdle),
  deactivate: onKey(deactivateManagedKey, isActive),
  rotate: onKey(rotateManagedKey, isActive),
  compromise: onKey(compromiseManagedKey, isAlive),
  destroy: onKey(destroyManagedKey, isAlive),
  cancelDestruction: onKey(cancelManagedKeyDestruction, isWaiting),
  remove: onKey(removeManagedKey, isEnded),
  sync: onKey(syncManagedKey, isAlive),
  align: onKey(alignManagedKey, isActive),
  updateManagedKey: onKey(updateManagedKey, isAlive, (numbers) => ({
    label: `renamed-${numbers[1] % 30}`,
    description: `d${numbers[2] % 3}`,
  })),
  planDates: onKey(updateManagedKey, isAlive, (numbers, now) => datesOf(numbers, now)),
  encrypt: protecting(encrypt, 'encrypt'),
  wrapKey: protecting(wrapKey, 'wrapKey'),
  decrypt: opening(decrypt, 'encrypt'),
  unwrapKey: opening(unwrapKey, 'wrapKey'),
  sign: using(sign, 'EC'),
  generateMac: using(generateMac, 'HMAC'),
  readKeys: () => ({ operation: managedKeys, input: { filter: {} }, subjectId: null, takesToken: false, learn: () => ({}) }),
  createVault: ({ known, deed: { numbers } }) =>
    create(createVault, { name: `vault-${numbers[0] % 20}` }, ({ id }: { id: string }) => created(known.vaultIds, id)),
  updateVault: ({ known, deed: { numbers } }) =>
    onThing(updateVault, at(known.vaultIds, numbers[0]), { description: `d${numbers[1] % 4}` }),
  deleteVault: ({ known, deed: { numbers } }) => onThing(deleteVault, at(known.vaultIds, numbers[0]), {}),
  createKeystore: ({ known, deed: { numbers } }) => {
    const input = {
      vaultId: vaultOf(known, numbers),
      type: typeOf(numbers[1]),
      name: `keystore-${numbers[2] % 20}`,
      groups: groupsOf(numbers[3]),
    };
    return create(createKeystore, input, ({ id }: { id: string }) => created(known.keystoreIds, id));
  },
  updateKeystore: ({ known, deed: { numbers } }) =>
    onThing(updateKeystore, at(known.keystoreIds, numbers[0]), { groups: groupsOf(numbers[1]), description: `d${numbers[2] % 3}` }),
  deleteKeystore: ({ known, deed: { numbers } }) => {
    const mode = ['RESTRICT', 'DEACTIVATE', 'DESTROY', 'DISCONNECT'][numbers[1] % 4];
    return onThing(deleteKeystore, at(known.keystoreIds, numbers[0]), { mode });
  },
  createKeyTemplate: ({ known, deed: { numbers } }) => {
    const input = { vaultId: vaultOf(known, numbers), name: `template-${numbers[1] % 20}`, ...recipe(numbers) };
    return create(createKeyTemplate, input, ({ id }: { id: string }) => created(known.templateIds, id));
  },
  updateKeyTemplate: ({ known, deed: { numbers } }) => {
    const key = {
      deactivateOnRotation: numbers[1] % 2 === 0,
      rotationPolicy: numbers[2] % 2 === 0 ? { intervalDays: 1 + (numbers[2] % 5) } : null,
    };
    return onThing(
      updateKeyTemplate,
      at(known.templateIds, numbers[0]),
      numbers[3] % 3 === 0 ? { targets: targetsOf(numbers[4]) } : { key },
    );
  },
  archiveKeyTemplate: ({ known, deed: { numbers } }) => onThing(archiveKeyTemplate, at(known.templateIds, numbers[0]), {}),
  deleteKeyTemplate: ({ known, deed: { numbers } }) => onThing(deleteKeyTemplate, at(known.templateIds, numbers[0]), {}),
  createPrincipal: ({ known, deed: { numbers } }) =>
    create(createPrincipal, { kind: 'SERVICE', name: `principal-${numbers[0] % 9}` }, ({ id }: { id: string }) =>
      created(known.principalIds, id),
    ),
  createApiKey: ({ known, deed: { numbers } }) => {
    const principalId = at(known.principalIds, numbers[0]);
    if (principalId === undefined) return undefined;
    return create(createApiKey, { principalId, name: `key-${numbers[1] % 9}` }, ({ apiKey }: { apiKey: { id: string } }) =>
      created(known.apiKeyIds, apiKey.id),
    );
  },
  revokeApiKey: ({ known, deed: { numbers } }) => onThing(revokeApiKey, at(known.apiKeyIds, numbers[0]), {}),
  auditCheckpoint: () => ({ operation: auditCheckpoint, input: {}, subjectId: null, takesToken: false, learn: () => ({}) }),
};

/** Verbs that a list of keys can be asked for. */
export const bulkVerbs = [
  'activate',
  'deactivate',
  'rotate',
  'destroy',
  'sync',
  'cancelDestruction',
] as const satisfies readonly SingleVerb[];

function keep(known: Known, key: ManagedKey): ManagedKey {
  const { id, revision, algorithm, state, destroyAt } = key;
  known.keys.set(id, { id, revision, algorithm, state, destroyAt });
  return key;
}

function created(ids: string[], id: string): { readonly createdId: string } {
  if (!ids.includes(id)) ids.push(id);
  return { createdId: id };
}

function create<Output>(operation: AnyOperation, input: object, learn: (output: Output) => ReturnType<Request['learn']>): Request {
  return { operation, input, subjectId: null, takesToken: true, learn: learn as Request['learn'] };
}

function about(operation: AnyOperation, subjectId: string, input: object): Omit<Request, 'learn'> {
  return { operation, input, subjectId, takesToken: false };
}

function onThing(operation: AnyOperation, id: string | undefined, fields: object): Request | undefined {
  return id === undefined ? undefined : { ...about(operation, id, { id, ...fields }), learn: () => ({}) };
}

function onKey(operation: AnyOperation, taste: Taste, fields: (numbers: Numbers, now: string) => object = () => ({})): Ask {
  return ({ known, deed: { numbers, namesRevision }, now }) => {
    const key = choose([...known.keys.values()], numbers, taste);
    if (!key) return undefined;
    const input = { id: key.id, ...(namesRevision ? { revision: key.revision } : {}), ...fields(numbers, now) };
    return { ...about(operation, key.id, input), learn: (output: ManagedKey) => ({ key: keep(known, output) }) };
  };
}

function keyOf(known: Known, algorithm: string, numbers: Numbers): string | undefined {
  return choose(
    [...known.keys.values()].filter((key) => key.algorithm === algorithm),
    numbers,
    isActive,
  )?.id;
}

interface Protected {
  readonly keyVersion: number;
  readonly items: readonly { readonly ciphertext?: Uint8Array }[];
}

function protecting(operation: AnyOperation, by: 'encrypt' | 'wrapKey'): Ask {
  return ({ known, deed: { numbers } }) => {
    const keyId = keyOf(known, 'AES', numbers);
    if (keyId === undefined) return undefined;
    const plaintext = Uint8Array.from(numbers, (number) => number % 256);
    const learn = ({ keyVersion, items }: Protected) => {
      for (const { ciphertext } of items) if (ciphertext) known.sealed.push({ keyId, version: keyVersion, plaintext, ciphertext, by });
      return {};
    };
    return { ...about(operation, keyId, { keyId, items: [{ plaintext }] }), learn };
  };
}

function opening(operation: AnyOperation, by: 'encrypt' | 'wrapKey'): Ask {
  return ({ known, deed: { numbers } }) => {
    const sealed = at(
      known.sealed.filter((one) => one.by === by),
      numbers[0],
    );
    if (!sealed) return undefined;
    return { ...about(operation, sealed.keyId, { keyId: sealed.keyId, items: [{ ciphertext: sealed.ciphertext }] }), learn: () => ({}) };
  };
}

function using(operation: AnyOperation, algorithm: string): Ask {
  return ({ known, deed: { numbers } }) => {
    const keyId = keyOf(known, algorithm, numbers);
    return keyId === undefined
      ? undefined
      : { ...about(operation, keyId, { keyId, items: [{ data: Uint8Array.of(1, 2, 3) }] }), learn: () => ({}) };
  };
}

const kinds = [
  { algorithm: 'AES', size: '256' },
  { algorithm: 'AES', size: '256' },
  { algorithm: 'AES', size: '128' },
  { algorithm: 'HMAC', size: '256' },
  { algorithm: 'EC', size: 'P-256' },
] as const;

/** The first vault, which has keystores, is meant more often than the others. */
function vaultOf({ vaultIds }: Known, numbers: Numbers): string {
  return (numbers[5] % 4 === 0 ? at(vaultIds, numbers[4]) : vaultIds[0]) ?? '';
}

function typeOf(number = 0): string {
  return number % 2 === 0 ? cloudType : 'internal';
}

function groupsOf(number = 0): string[] {
  return [['keys'], ['keys', 'more'], ['more'], ['keys']][number % 4] ?? [];
}

function targetsOf(number: number): object[] {
  const both = [
    { keystoreType: 'internal', group: 'keys' },
    { keystoreType: cloudType, group: 'keys' },
  ];
  return [both.slice(0, 1), both.slice(1), [...both, { keystoreType: cloudType, group: 'more' }]][number % 9] ?? both;
}

function recipe(numbers: Numbers): { readonly key: object; readonly targets: object[] } {
  const key = { ...at(kinds, numbers[2]), deactivateOnRotation: numbers[3] % 3 === 0 };
  return { key, targets: targetsOf(numbers[4]) };
}

function newKey(known: Known, numbers: Numbers): Record<string, unknown> {
  const label = `key-${numbers[0] % 40}`;
  const templateId = numbers[1] % 3 === 0 ? at(known.templateIds, numbers[1]) : undefined;
  return templateId === undefined
    ? { vaultId: vaultOf(known, numbers), label, template: recipe(numbers) }
    : { vaultId: known.vaultIds[0], label, templateId };
}

/** Material to be imported is always AES-256 here. */
function withAes(input: Record<string, unknown>): object {
  return 'template' in input ? { template: { ...(input['template'] as object), key: kinds[0] } } : {};
}

function datesOf(numbers: Numbers, now: string): object {
  const inDays = (days: number) => dayOf(addDays(now, days));
  const policy = { activateOnDate: true, deactivateOnDate: true, destroyOnDate: numbers[5] % 2 === 0 };
  return [
    {},
    {},
    { rotationPolicy: { intervalDays: 1 + (numbers[5] % 3) } },
    { expirationDate: inDays(1 + (numbers[4] % 3)), lifecyclePolicy: policy },
    { activationDate: inDays(1), expirationDate: inDays(3), destructionDate: inDays(4), lifecyclePolicy: policy },
    { destructionDate: inDays(1 + (numbers[4] % 3)), lifecyclePolicy: policy },
  ][numbers[2] % 6] as object;
}
