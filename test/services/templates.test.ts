import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { perform } from '../../src/services/perform.js';
import { endRetired } from '../../src/services/retire.js';
import { archiveKeyTemplate, unarchiveKeyTemplate } from '../../src/services/templates/archive.js';
import { createKeyTemplate } from '../../src/services/templates/create.js';
import { deleteKeyTemplate } from '../../src/services/templates/delete.js';
import { exposeKeyTemplate } from '../../src/services/templates/expose.js';
import { keyTemplate } from '../../src/services/templates/get.js';
import { keyTemplates } from '../../src/services/templates/list.js';
import { updateKeyTemplate } from '../../src/services/templates/update.js';
import { createVault } from '../../src/services/vaults/create.js';
import { cloudDriver } from '../fakes/cloud-keystore.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';
import { storedKey, storedTemplate } from '../fakes/stored-key.js';

let at: TestEstate;
let vaultId: string;
beforeEach(async () => {
  at = await testEstate({ drivers: [cloudDriver()] });
  vaultId = (await perform(at.estate, at.admin, createVault, { name: 'payments' })).id;
});
afterEach(async () => {
  await at.close();
});

const aes = { algorithm: 'AES', size: '256' };
const internal = { keystoreType: 'internal', group: 'production' };
const cloud = { keystoreType: 'cloud', group: 'production', attributes: { protection_level: 'hsm' } };

async function make(fields: object = {}) {
  return await perform(at.estate, at.admin, createKeyTemplate, { vaultId, name: 'daily', key: aes, targets: [internal], ...fields });
}
const update = (id: string, fields: object) => perform(at.estate, at.admin, updateKeyTemplate, { id, ...fields });

describe('createKeyTemplate', () => {
  test('fills in what is not given', async () => {
    expect(await make()).toMatchObject({
      version: 1,
      state: 'UNARCHIVED',
      types: ['USER_DEFINED'],
      namingScheme: null,
      key: {
        ...aes,
        activationPeriod: null,
        expirationPeriod: null,
        initialState: 'ACTIVE',
        deactivateOnRotation: false,
        rotationPolicy: null,
        lifecyclePolicy: { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false },
      },
      targets: [{ ...internal, namingScheme: null, attributes: {} }],
    });
  });

  test('may target keystores of several types, each with attributes of its own', async () => {
    const { targets } = await make({ targets: [internal, cloud] });
    expect(targets).toMatchObject([internal, cloud]);
    expect(new Set(targets.map(({ id }) => id)).size).toBe(2);
  });

  test.each([
    ['an unknown size', { key: { algorithm: 'AES', size: '257' } }, 'ALGORITHM_UNKNOWN'],
    ['an unknown algorithm', { key: { algorithm: 'ROT13', size: '13' } }, 'INPUT_INVALID'],
    ['an unknown keystore type', { targets: [{ keystoreType: 'moon', group: 'g' }] }, 'KEYSTORE_TYPE_UNKNOWN'],
    [
      'a size the keystore type cannot hold',
      { key: { algorithm: 'AES', size: '128' }, targets: [cloud] },
      'ALGORITHM_NOT_SUPPORTED_BY_KEYSTORE',
    ],
    ['a broken naming scheme', { namingScheme: 'a<b' }, 'NAMING_SCHEME_INVALID'],
    ['a reserved placeholder', { namingScheme: '<seqno>' }, 'NAMING_SCHEME_INVALID'],
    ['a scheme no name of which fits', { namingScheme: 'a/b-<APP>', targets: [cloud] }, 'NAME_BREAKS_KEYSTORE_RULE'],
    ['an unknown attribute', { targets: [{ ...cloud, attributes: { colour: 'red' } }] }, 'INPUT_INVALID'],
    ['an attribute outside its values', { targets: [{ ...cloud, attributes: { operations: ['encrypt', 'fly'] } }] }, 'INPUT_INVALID'],
    ['two equal targets', { targets: [internal, internal] }, 'INPUT_INVALID'],
    ['no target', { targets: [] }, 'INPUT_INVALID'],
    ['a period that is none', { key: { ...aes, activationPeriod: '1Y' } }, 'INPUT_INVALID'],
    ['a period without end', { key: { ...aes, expirationPeriod: 'P99999Y' } }, 'INPUT_INVALID'],
    ['a name outside its rule', { name: '1st' }, 'INPUT_INVALID'],
  ])('refuses %s', async (_what, fields, code) => {
    await expect(make(fields)).rejects.toMatchObject({ code });
    expect(await at.estate.store.read.count('keyTemplate', {})).toBe(0);
  });

  test('names are unique in their vault', async () => {
    await make();
    await expect(make()).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    const other = await perform(at.estate, at.admin, createVault, { name: 'loans' });
    await make({ vaultId: other.id });
  });
});

describe('updateKeyTemplate', () => {
  test('the version grows with the recipe only', async () => {
    const { id } = await make();
    expect(await update(id, { name: 'nightly', description: 'x' })).toMatchObject({ version: 1, revision: 2 });
    expect(await update(id, { key: { size: '256' } })).toMatchObject({ version: 1 });
    expect(await update(id, { key: { expirationPeriod: 'P1Y' } })).toMatchObject({ version: 2, key: { ...aes, expirationPeriod: 'P1Y' } });
    expect(await update(id, { key: { expirationPeriod: null } })).toMatchObject({ version: 3, key: { expirationPeriod: null } });
  });

  test('a target that stays keeps its id', async () => {
    const { id, targets } = await make();
    const updated = await update(id, { targets: [cloud, internal] });
    expect(updated).toMatchObject({ version: 2, targets: [cloud, { ...internal, id: targets[0]?.id }] });
  });

  test('checks the whole recipe again', async () => {
    const { id } = await make({ targets: [cloud] });
    await expect(update(id, { key: { size: '128' } })).rejects.toMatchObject({ code: 'ALGORITHM_NOT_SUPPORTED_BY_KEYSTORE' });
    await expect(update(id, { key: { algorithm: 'RSA' } })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(update(id, { namingScheme: 'x' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('is refused on archived templates', async () => {
    const { id } = await make({ state: 'ARCHIVED' });
    await expect(update(id, { description: 'x' })).rejects.toMatchObject({ code: 'TEMPLATE_ARCHIVED' });
    await perform(at.estate, at.admin, unarchiveKeyTemplate, { id });
    await update(id, { description: 'x' });
    expect(await perform(at.estate, at.admin, archiveKeyTemplate, { id })).toMatchObject({ state: 'ARCHIVED', revision: 4 });
    expect(await perform(at.estate, at.admin, archiveKeyTemplate, { id })).toMatchObject({ state: 'ARCHIVED', revision: 4 });
  });
});

test('exposeKeyTemplate makes a shadow template one of everybody’s', async () => {
  const { id } = await storedTemplate(at.estate, vaultId, { types: ['SHADOW'] });
  expect(await perform(at.estate, at.admin, exposeKeyTemplate, { id })).toMatchObject({ types: ['USER_DEFINED'], revision: 2 });
  expect(await perform(at.estate, at.admin, exposeKeyTemplate, { id })).toMatchObject({ revision: 2 });
});

describe('deleteKeyTemplate', () => {
  const remove = (id: string) => perform(at.estate, at.admin, deleteKeyTemplate, { id });

  test('is refused while living keys are made from it', async () => {
    const { id } = await make();
    await storedKey(at.estate, vaultId, id);
    await expect(remove(id)).rejects.toMatchObject({ code: 'TEMPLATE_IN_USE', details: { keys: 1 } });
  });

  test('an unused one is gone', async () => {
    const { id } = await make();
    await remove(id);
    expect(await at.estate.store.read.count('keyTemplate', {})).toBe(0);
  });

  test('with keys that wait for destruction it is hidden until they are removed', async () => {
    const { id } = await make();
    const key = await storedKey(at.estate, vaultId, id, { state: 'DEACTIVATED', destroyAt: '2030-02-01T00:00:00.000Z' });
    expect(await remove(id)).toMatchObject({ state: 'RETIRED' });
    await expect(perform(at.estate, at.admin, keyTemplate, { id })).rejects.toMatchObject({ code: 'KEY_TEMPLATE_NOT_FOUND' });
    expect((await perform(at.estate, at.admin, keyTemplates, {})).items).toEqual([]);
    await make();
    await at.estate.store.write(async (tx) => {
      await tx.delete('managedKey', key.id);
      expect(await endRetired(tx, { estate: at.estate, call: at.admin, now: at.clock.now() }, vaultId)).toEqual([
        { kind: 'key-template', id, name: 'daily' },
      ]);
    });
  });
});

describe('keyTemplates', () => {
  const names = async (filter: object) => {
    const page = await perform(at.estate, at.admin, keyTemplates, { filter, sort: [{ field: 'name' }] });
    return page.items.map(({ entity }) => entity.name).join(' ');
  };

  test('filters by recipe, state, type and time', async () => {
    await make({ name: 'a', namingScheme: 'x-<APP>' });
    await make({ name: 'b', key: { algorithm: 'RSA', size: '2048' }, state: 'ARCHIVED' });
    at.clock.set('2030-03-01T10:00:00.000Z');
    await make({ name: 'c', targets: [{ ...cloud, group: 'test' }, internal] });
    await storedTemplate(at.estate, vaultId, { name: 'd', types: ['SHADOW'], key: { ...(await make({ name: 'e' })).key, size: '128' } });
    expect(await names({})).toBe('a b c d e');
    expect(await names({ algorithms: ['RSA'] })).toBe('b');
    expect(await names({ algorithms: ['RSA', 'AES'], size: '256', keystoreTypes: ['cloud'] })).toBe('c');
    expect(await names({ sizeMin: 200, sizeMax: 2048 })).toBe('a b c e');
    expect(await names({ groups: ['test'] })).toBe('c');
    expect(await names({ states: ['ARCHIVED'] })).toBe('b');
    expect(await names({ types: ['SHADOW'] })).toBe('d');
    expect(await names({ createdAt: '2030-03-01' })).toBe('c d e');
    expect(await names({ createdAtMax: '2030-02-28' })).toBe('a b');
    expect(await names({ namingScheme: '<app>' })).toBe('a');
    await expect(names({ size: '256', sizeMin: 1 })).rejects.toMatchObject({ code: 'FILTERS_EXCLUSIVE' });
  });

  test('one is found by its name in a vault', async () => {
    const { id } = await make();
    expect(await perform(at.estate, at.admin, keyTemplate, { vaultId, name: 'daily' })).toMatchObject({ id });
    await expect(perform(at.estate, at.admin, keyTemplate, { name: 'daily' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});
