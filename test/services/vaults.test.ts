import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeystore } from '../../src/services/keystores/create.js';
import { deleteKeystore } from '../../src/services/keystores/delete.js';
import { perform } from '../../src/services/perform.js';
import { endRetired } from '../../src/services/retire.js';
import { archiveKeyTemplate } from '../../src/services/templates/archive.js';
import { createVault } from '../../src/services/vaults/create.js';
import { deleteVault } from '../../src/services/vaults/delete.js';
import { vault } from '../../src/services/vaults/get.js';
import { vaults } from '../../src/services/vaults/list.js';
import { updateVault } from '../../src/services/vaults/update.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';
import { storedInstance, storedKey, storedTemplate } from '../fakes/stored-key.js';

let at: TestEstate;
beforeEach(async () => {
  at = await testEstate();
});
afterEach(async () => {
  await at.close();
});

const make = (name: string, fields: object = {}) => perform(at.estate, at.admin, createVault, { name, ...fields });
const remove = (id: string) => perform(at.estate, at.admin, deleteVault, { id });

describe('names', () => {
  test('are unique among living vaults', async () => {
    const { id } = await make('payments');
    await expect(make('payments')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    const other = await make('loans');
    const rename = perform(at.estate, at.admin, updateVault, { id: other.id, name: 'payments' });
    await expect(rename).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    await perform(at.estate, at.admin, updateVault, { id, name: 'payments', description: 'the same name' });
    await remove(id);
    await make('payments');
  });

  test('find vaults, as ids do', async () => {
    const { id } = await make('payments');
    expect(await perform(at.estate, at.admin, vault, { name: 'payments' })).toMatchObject({ id });
    await expect(perform(at.estate, at.admin, vault, { id, name: 'payments' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(perform(at.estate, at.admin, vault, {})).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

describe('deleteVault', () => {
  test('an empty vault is gone, with the roles on it', async () => {
    const { id } = await make('payments');
    await at.callOf(['Reader'], { kind: 'VAULT', id });
    await remove(id);
    expect(await at.estate.store.read.get('vault', id)).toBeUndefined();
    expect(await at.estate.store.read.count('roleBinding', {})).toBe(1);
    await expect(remove(id)).rejects.toMatchObject({ code: 'VAULT_NOT_FOUND' });
  });

  test('keystores, unarchived templates and living keys hold it', async () => {
    const { id } = await make('payments');
    const keystore = await perform(at.estate, at.admin, createKeystore, { vaultId: id, type: 'internal', name: 'ring' });
    const template = await storedTemplate(at.estate, id);
    await storedKey(at.estate, id, template.id);
    await expect(remove(id)).rejects.toMatchObject({ code: 'VAULT_NOT_EMPTY', details: { keys: 1, keystores: 1, keyTemplates: 1 } });
    await perform(at.estate, at.admin, deleteKeystore, { id: keystore.id });
    await perform(at.estate, at.admin, archiveKeyTemplate, { id: template.id });
    await expect(remove(id)).rejects.toMatchObject({ code: 'VAULT_NOT_EMPTY', details: { keys: 1, keystores: 0, keyTemplates: 0 } });
  });

  test('archived templates and those made along with keys go with it', async () => {
    const { id } = await make('payments');
    await storedTemplate(at.estate, id, { state: 'ARCHIVED' });
    const shadow = await storedTemplate(at.estate, id, { name: 'shadow', types: ['SHADOW'] });
    await storedKey(at.estate, id, shadow.id, { state: 'DESTROYED' });
    await remove(id);
    const { read } = at.estate.store;
    expect([await read.count('keyTemplate', {}), await read.count('managedKey', {}), await read.count('vault', {})]).toEqual([0, 0, 0]);
  });

  test('an estate whose keys wait for destruction is deleted in one run, and ends with the last key', async () => {
    const { id } = await make('payments');
    const ring = await perform(at.estate, at.admin, createKeystore, { vaultId: id, type: 'internal', name: 'ring' });
    const template = await storedTemplate(at.estate, id, { state: 'ARCHIVED' });
    const key = await storedKey(at.estate, id, template.id, { state: 'DEACTIVATED', destroyAt: '2030-02-01T00:00:00.000Z' });
    await storedInstance(at.estate, key, ring.id, { desiredState: 'DEACTIVATED', status: 'NOT_ACTIVE' });
    await perform(at.estate, at.admin, deleteKeystore, { id: ring.id });
    expect(await remove(id)).toMatchObject({ state: 'RETIRED' });
    await expect(perform(at.estate, at.admin, vault, { id })).rejects.toMatchObject({ code: 'VAULT_NOT_FOUND' });
    await make('payments');

    await at.estate.store.write(async (tx) => {
      await tx.update('managedKey', { ...key, state: 'DESTROYED', destroyAt: null });
      await tx.deleteWhere('keyInstance', {});
      expect((await endRetired(tx, { estate: at.estate, call: at.admin, now: at.clock.now() }, id)).map(({ kind }) => kind)).toEqual([
        'keystore',
        'vault',
      ]);
    });
    expect(await at.estate.store.read.count('managedKey', {})).toBe(0);
    expect(await at.estate.store.read.count('vault', {})).toBe(1);
  });

  test('nothing new comes into a vault that is deleted meanwhile', async () => {
    const { id } = await make('payments');
    const results = await Promise.allSettled([
      remove(id),
      perform(at.estate, at.admin, createKeystore, { vaultId: id, type: 'internal', name: 'ring' }),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [left, rings] = [await at.estate.store.read.count('vault', {}), await at.estate.store.read.count('keystore', {})];
    expect(left).toBe(rings);
  });
});

describe('vaults', () => {
  test('pages forwards and backwards in the order asked for', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await make(name);
    const page = async (input: object) => {
      const { items, hasNext, hasPrevious } = await perform(at.estate, at.admin, vaults, { sort: [{ field: 'name' }], ...input });
      return { names: items.map(({ entity }) => entity.name).join(''), cursors: items.map(({ cursor }) => cursor), hasNext, hasPrevious };
    };
    const first = await page({ first: 2 });
    expect(first).toMatchObject({ names: 'ab', hasNext: true, hasPrevious: false });
    const second = await page({ first: 2, after: first.cursors[1] });
    expect(second).toMatchObject({ names: 'cd', hasNext: true, hasPrevious: true });
    expect(await page({ last: 2, before: second.cursors[0] })).toMatchObject({ names: 'ab', hasNext: true, hasPrevious: false });
    expect(await page({ last: 1 })).toMatchObject({ names: 'e' });
    await expect(page({ first: 1, last: 1 })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(page({ first: 1, after: 'nonsense' })).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  });

  test('shows what the caller may see, newest change first', async () => {
    const [a] = [await make('alpha', { description: 'money' }), await make('beta')];
    at.clock.advance(60);
    await perform(at.estate, at.admin, updateVault, { id: a.id, description: 'more money' });
    const names = async (call = at.admin, filter: object = {}) =>
      (await perform(at.estate, call, vaults, { filter })).items.map(({ entity }) => entity.name);
    expect(await names()).toEqual(['alpha', 'beta']);
    expect(await names(at.admin, { name: 'BE' })).toEqual(['beta']);
    expect(await names(at.admin, { description: 'money' })).toEqual(['alpha']);
    const reader = await at.callOf(['Reader'], { kind: 'VAULT', id: a.id });
    expect(await names(reader)).toEqual(['alpha']);
    const stranger = await at.callOf([]);
    await expect(names(stranger)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
