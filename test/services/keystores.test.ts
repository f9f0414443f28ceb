import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EstateError } from '../../src/domain/errors.js';
import type { Keystore } from '../../src/domain/keystore.js';
import type { Call } from '../../src/services/call.js';
import { createRole } from '../../src/services/iam/create-role.js';
import { connectKeystore } from '../../src/services/keystore-health.js';
import { openKeystoreSecrets } from '../../src/services/keystore-secrets.js';
import { createKeystore } from '../../src/services/keystores/create.js';
import { deleteKeystore } from '../../src/services/keystores/delete.js';
import { keystore } from '../../src/services/keystores/get.js';
import { keystores } from '../../src/services/keystores/list.js';
import { testKeystore } from '../../src/services/keystores/test.js';
import { keystoreTypes } from '../../src/services/keystores/types.js';
import { updateKeystore } from '../../src/services/keystores/update.js';
import { perform } from '../../src/services/perform.js';
import { endRetired } from '../../src/services/retire.js';
import { createVault } from '../../src/services/vaults/create.js';
import { type CloudDriver, cloudDriver } from '../fakes/cloud-keystore.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';
import { storedInstance, storedKey, storedTemplate } from '../fakes/stored-key.js';

let at: TestEstate;
let cloud: CloudDriver;
let vaultId: string;

beforeEach(async () => {
  cloud = cloudDriver();
  at = await testEstate({ drivers: [cloud] });
  vaultId = (await perform(at.estate, at.admin, createVault, { name: 'payments' })).id;
});
afterEach(async () => {
  await at.close();
});

const connection = { region: 'eu-1', access_key: 'swordfish-0815' };

async function make(fields: object = {}): Promise<Keystore> {
  return await perform(at.estate, at.admin, createKeystore, { vaultId, type: 'cloud', name: 'here', connection, ...fields });
}

async function issuesOf(promise: Promise<unknown>) {
  const error = (await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as EstateError;
  expect(error.code).toBe('INPUT_INVALID');
  expect(JSON.stringify(error.details)).not.toContain('swordfish');
  return (error.details.issues as { path: string; message: string }[]).map(({ path, message }) => `${path} ${message}`);
}

describe('createKeystore', () => {
  test('its own name is its group where none is given', async () => {
    expect((await make()).groups).toEqual(['here']);
    expect((await make({ name: 'there', groups: ['production'] })).groups).toEqual(['production']);
  });

  test('keeps secrets out of entity, audit log and database', async () => {
    const made = await make();
    expect(made.connection).toEqual({ region: 'eu-1' });
    expect(Buffer.from(made.sealedSecrets ?? []).includes('swordfish')).toBe(false);
    expect(JSON.stringify((await at.audit()).map(({ event }) => event))).not.toContain('swordfish');
    expect(await openKeystoreSecrets(at.estate, made)).toEqual({ access_key: 'swordfish-0815' });
  });

  test('a misspelt secret is not written to the audit log either', async () => {
    const issues = await issuesOf(make({ connection: { region: 'eu-1', acces_key: 'swordfish-0815' } }));
    expect(issues).toEqual(['connection.acces_key is not a field of this keystore type', 'connection.access_key is required']);
    const event = (await at.audit()).at(-1)?.event;
    expect(event?.outcome).toBe('FAILURE');
    expect(JSON.stringify(event)).not.toContain('swordfish');
  });

  test('S13: secrets of one keystore do not open in another', async () => {
    const [one, other] = [await make(), await make({ name: 'there' })];
    await expect(openKeystoreSecrets(at.estate, { id: other.id, sealedSecrets: one.sealedSecrets })).rejects.toMatchObject({
      code: 'CIPHERTEXT_INVALID',
    });
    const flipped = Uint8Array.from(one.sealedSecrets ?? []);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    await expect(openKeystoreSecrets(at.estate, { id: one.id, sealedSecrets: flipped })).rejects.toMatchObject({
      code: 'CIPHERTEXT_INVALID',
    });
  });

  test.each([
    [{ region: 'EU 1', access_key: 'swordfish-0815' }, 'connection.region must be a region'],
    [{ ...connection, port: '80' }, 'connection.port must be a whole number'],
    [{ ...connection, variant: 'swordfish' }, 'connection.variant must be one of standard, premium'],
    [{ region: 'eu-1', access_key: 'short' }, 'connection.access_key must have 8 to 64 characters'],
    [{ region: 12, access_key: 'swordfish-0815' }, 'connection.region must be text'],
  ])('refuses %j by the descriptor', async (values, issue) => {
    expect(await issuesOf(make({ connection: values }))).toEqual([issue]);
  });

  test('refuses unknown types, taken names and missing vaults', async () => {
    await expect(make({ type: 'moon' })).rejects.toMatchObject({ code: 'KEYSTORE_TYPE_UNKNOWN' });
    await make();
    await expect(make()).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await expect(make({ vaultId: '00000000-0000-4000-8000-00000000dead' })).rejects.toMatchObject({ code: 'VAULT_NOT_FOUND' });
  });

  test('a proxy address carries no password', async () => {
    const issues = await issuesOf(make({ tlsProxy: 'https://me:swordfish@proxy.example' }));
    expect(issues).toEqual(['tlsProxy must not carry a user or password']);
    expect(await make({ tlsProxy: 'https://proxy.example:8443' })).toMatchObject({ tlsProxy: 'https://proxy.example:8443' });
  });

  test('tests the connection once it is stored', async () => {
    cloud.failure = 'KEYSTORE_REFUSED';
    const { id } = await make();
    expect(await perform(at.estate, at.admin, keystore, { id })).toMatchObject({ healthStatus: 'CONFIGURATION_ERROR', revision: 1 });
  });

  test('several first secrets at once share one system key', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => make({ name })));
    expect(await at.estate.store.read.count('keyBlob', { ownerKind: { eq: 'SYSTEM_KEY' } })).toBe(1);
  });

  test('an internal keystore needs no connection', async () => {
    const made = await make({ type: 'internal', connection: {} });
    expect(await perform(at.estate, at.admin, testKeystore, { id: made.id })).toMatchObject({ healthStatus: 'OK' });
  });
});

describe('updateKeystore', () => {
  test('changes what is given and keeps the rest, secrets included', async () => {
    const made = await make();
    const updated = await perform(at.estate, at.admin, updateKeystore, {
      id: made.id,
      groups: ['a', 'b'],
      connection: { spare_key: 'swordfish-two', port: 443 },
    });
    expect(updated).toMatchObject({ name: 'here', groups: ['a', 'b'], connection: { region: 'eu-1', port: 443 }, revision: 2 });
    expect(await openKeystoreSecrets(at.estate, updated)).toEqual({ access_key: 'swordfish-0815', spare_key: 'swordfish-two' });
    await connectKeystore(at.estate, updated);
    expect(cloud.connections.at(-1)?.secrets).toEqual({ access_key: 'swordfish-0815', spare_key: 'swordfish-two' });
  });

  test('null removes an optional field and never a required one', async () => {
    const { id } = await make({ connection: { ...connection, port: 1 } });
    const updated = await perform(at.estate, at.admin, updateKeystore, { id, connection: { port: null } });
    expect(updated.connection).toEqual({ region: 'eu-1' });
    const issues = await issuesOf(perform(at.estate, at.admin, updateKeystore, { id, connection: { access_key: null } }));
    expect(issues).toEqual(['connection.access_key is required']);
  });

  test('refuses fields that are fixed once connected, unless they stay the same', async () => {
    const { id } = await make();
    await perform(at.estate, at.admin, updateKeystore, { id, connection: { region: 'eu-1' } });
    const issues = await issuesOf(perform(at.estate, at.admin, updateKeystore, { id, connection: { region: 'eu-2' } }));
    expect(issues).toEqual(['connection.region cannot change once the keystore is connected; make a new keystore']);
  });

  test('lets key instances try again with the new connection', async () => {
    const { id } = await make();
    const template = await storedTemplate(at.estate, vaultId);
    const key = await storedKey(at.estate, vaultId, template.id);
    const later = '2031-01-01T00:00:00.000Z';
    const waiting = await storedInstance(at.estate, key, id, { attempts: 7, nextAttemptAt: later });
    await perform(at.estate, at.admin, updateKeystore, { id, connection: { access_key: 'swordfish-two' } });
    const instance = await at.estate.store.read.get('keyInstance', waiting.id);
    expect(instance).toMatchObject({ attempts: 0, nextAttemptAt: at.clock.now(), revision: 1 });
  });
});

describe('testKeystore', () => {
  test('tells what it found and raises no revision', async () => {
    const { id } = await make();
    cloud.failure = 'KEYSTORE_UNREACHABLE';
    expect(await perform(at.estate, at.admin, testKeystore, { id })).toMatchObject({ healthStatus: 'NOT_RESPONDING' });
    cloud.failure = null;
    expect(await perform(at.estate, at.admin, testKeystore, { id })).toEqual({ healthStatus: 'OK', message: 'hello', location: 'nowhere' });
    expect(await perform(at.estate, at.admin, keystore, { id })).toMatchObject({ revision: 1, healthStatus: 'OK', location: 'nowhere' });
  });
});

describe('deleteKeystore', () => {
  const pending = { state: 'DEACTIVATED', destroyAt: '2030-02-01T00:00:00.000Z' } as const;
  let here: Keystore;
  let templateId: string;
  beforeEach(async () => {
    here = await make();
    templateId = (await storedTemplate(at.estate, vaultId)).id;
  });
  const remove = (fields: object = {}) => perform(at.estate, at.admin, deleteKeystore, { id: here.id, ...fields });
  const stored = () => at.estate.store.read.get('keystore', here.id);

  test('an empty one is gone at once, and its name is free', async () => {
    await remove();
    expect(await stored()).toBeUndefined();
    await make();
  });

  test.each(['ACTIVE', 'DEACTIVATED'] as const)('RESTRICT refuses while a living key is installed (%s)', async (desiredState) => {
    await storedInstance(at.estate, await storedKey(at.estate, vaultId, templateId), here.id, { desiredState });
    await expect(remove()).rejects.toMatchObject({ code: 'KEYSTORE_IN_USE', details: { keys: 1 } });
  });

  test('keys that were never installed do not hold it', async () => {
    const key = await storedKey(at.estate, vaultId, templateId, { state: 'PRE_ACTIVATION' });
    await storedInstance(at.estate, key, here.id, { desiredState: 'ABSENT', status: 'UNKNOWN', remoteId: null });
    await remove();
    expect(await stored()).toBeUndefined();
    expect(await at.estate.store.read.count('keyInstance', {})).toBe(0);
  });

  test('with keys that wait for destruction it is hidden, and erased when they have ended', async () => {
    const key = await storedKey(at.estate, vaultId, templateId, pending);
    const instance = await storedInstance(at.estate, key, here.id, { desiredState: 'DEACTIVATED', status: 'NOT_ACTIVE' });
    expect(await remove()).toMatchObject({ state: 'RETIRED' });
    await expect(perform(at.estate, at.admin, keystore, { id: here.id })).rejects.toMatchObject({ code: 'KEYSTORE_NOT_FOUND' });
    expect((await perform(at.estate, at.admin, keystores, {})).items).toHaveLength(0);
    await make();

    const end = () => at.estate.store.write((tx) => endRetired(tx, { estate: at.estate, call: at.admin, now: at.clock.now() }, vaultId));
    expect(await end()).toEqual([]);
    await at.estate.store.write(async (tx) => {
      await tx.update('managedKey', { ...key, state: 'DESTROYED', destroyAt: null });
      await tx.update('keyInstance', { ...instance, desiredState: 'DESTROYED' });
    });
    expect(await end()).toEqual([]);
    await at.estate.store.write((tx) => tx.observe('keyInstance', instance.id, { status: 'NOT_PRESENT' }));
    expect(await end()).toEqual([{ kind: 'keystore', id: here.id, name: 'here' }]);
    expect(await at.estate.store.read.count('keyInstance', {})).toBe(0);
  });

  test('DISCONNECT forgets it with its instances, also a retired one', async () => {
    const key = await storedKey(at.estate, vaultId, templateId, pending);
    await storedInstance(at.estate, key, here.id);
    await remove();
    expect(await stored()).toMatchObject({ state: 'RETIRED' });
    await remove({ mode: 'DISCONNECT' });
    expect(await stored()).toBeUndefined();
  });

  test.each([
    ['DEACTIVATE', 'DEACTIVATED', 'NOT_ACTIVE'],
    ['DESTROY', 'DESTROYED', 'NOT_PRESENT'],
  ] as const)('%s does that to the keys here first', async (mode, desiredState, status) => {
    const instance = await storedInstance(at.estate, await storedKey(at.estate, vaultId, templateId), here.id);
    await remove({ mode });
    const wanted = await at.estate.store.read.get('keyInstance', instance.id);
    expect(wanted).toMatchObject({ desiredState, nextAttemptAt: at.clock.now(), revision: 2 });
    expect(await stored()).toMatchObject({ state: 'RETIRED' });
    await at.estate.store.write((tx) => tx.observe('keyInstance', instance.id, { status, nextAttemptAt: null }));
    await at.estate.store.write((tx) => endRetired(tx, { estate: at.estate, call: at.admin, now: at.clock.now() }, vaultId));
    expect(await stored()).toBeUndefined();
  });

  test.each([
    ['DEACTIVATE', 'ACTIVE', ['VaultAdministrator', 'KeyCustodianDeployer']],
    ['DISCONNECT', 'ACTIVE', ['VaultAdministrator', 'KeyCustodianDeployer']],
    ['DESTROY', 'ACTIVE', ['VaultAdministrator', 'KeyCustodianDeployer']],
    ['DEACTIVATE', 'DEACTIVATED', ['VaultAdministrator']],
    ['DISCONNECT', 'DEACTIVATED', ['VaultAdministrator']],
    ['DESTROY', 'DEACTIVATED', ['VaultAdministrator']],
  ] as const)('%s with keys that are %s there needs the rights of %j', async (mode, desiredState, roles) => {
    await storedInstance(at.estate, await storedKey(at.estate, vaultId, templateId), here.id, { desiredState });
    const inVault = { kind: 'VAULT', id: vaultId } as const;
    const removeAs = async (call: Call) => await perform(at.estate, call, deleteKeystore, { id: here.id, mode }, { dryRun: true });
    const { id: keeperOfKeystores } = await perform(at.estate, at.admin, createRole, {
      name: 'Keystores',
      actions: ['target-keystores.delete', ...(mode === 'DESTROY' ? [] : ['managed-keys.deactivated-destroy'])],
    });
    const tooLittle = mode === 'DESTROY' || desiredState === 'ACTIVE' ? [keeperOfKeystores] : [];
    if (desiredState === 'ACTIVE') tooLittle.push('VaultAdministrator');
    for (const role of tooLittle) await expect(removeAs(await at.callOf([role], inVault))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await removeAs(await at.callOf([...roles], inVault))).toMatchObject({ state: 'RETIRED' });
  });

  test('a Vault Administrator deletes one without keys in any mode', async () => {
    const keeper = await at.callOf(['VaultAdministrator'], { kind: 'VAULT', id: vaultId });
    for (const mode of ['RESTRICT', 'DEACTIVATE', 'DESTROY', 'DISCONNECT'] as const) {
      expect(await perform(at.estate, keeper, deleteKeystore, { id: here.id, mode }, { dryRun: true })).toMatchObject({ state: 'RETIRED' });
    }
  });
});

describe('lists', () => {
  test('filters by type, name and group, within the vaults the caller may see', async () => {
    const other = await perform(at.estate, at.admin, createVault, { name: 'loans' });
    await make({ groups: ['production', 'eu'] });
    await make({ name: 'ring', type: 'internal', connection: {}, groups: ['test'] });
    await make({ name: 'elsewhere', vaultId: other.id });
    const names = async (filter: object, call = at.admin) => {
      const page = await perform(at.estate, call, keystores, { filter, sort: [{ field: 'name' }] });
      return page.items.map(({ entity }) => entity.name);
    };
    expect(await names({})).toEqual(['elsewhere', 'here', 'ring']);
    expect(await names({ types: ['internal'] })).toEqual(['ring']);
    expect(await names({ name: 'ER' })).toEqual(['elsewhere', 'here']);
    expect(await names({ groups: ['eu', 'test'] })).toEqual(['here', 'ring']);
    const reader = await at.callOf(['Reader'], { kind: 'VAULT', id: other.id });
    expect(await names({}, reader)).toEqual(['elsewhere']);
    expect(await names({ vaultIds: [vaultId] }, reader)).toEqual([]);
  });

  test('descriptors reach clients', async () => {
    const types = await perform(at.estate, at.admin, keystoreTypes, {});
    expect(types.map(({ type }) => type)).toEqual(['internal', 'cloud']);
  });
});
