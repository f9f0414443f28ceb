import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EstateError } from '../../../src/domain/errors.js';
import type { ManagedKey } from '../../../src/domain/managed-key.js';
import { actionsFor } from '../../../src/domain/permissions.js';
import { accessOf } from '../../../src/services/access.js';
import type { Call } from '../../../src/services/call.js';
import { createRole } from '../../../src/services/iam/create-role.js';
import { createKeystore } from '../../../src/services/keystores/create.js';
import { alignManagedKey } from '../../../src/services/managed-keys/align.js';
import { alignmentsOf } from '../../../src/services/managed-keys/alignment.js';
import { createManagedKey } from '../../../src/services/managed-keys/create.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { managedKey } from '../../../src/services/managed-keys/get.js';
import { managedKeys } from '../../../src/services/managed-keys/list.js';
import { keyInstances } from '../../../src/services/managed-keys/list-instances.js';
import { keyVersions } from '../../../src/services/managed-keys/list-versions.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { updateKeyTemplate } from '../../../src/services/templates/update.js';
import { createVault } from '../../../src/services/vaults/create.js';
import { aes, cloudTarget, type KeyEstate, keyEstate, ringTarget } from './key-estate.js';

let at: KeyEstate;
let otherVaultId: string;
const made: Record<string, ManagedKey> = {};

/** Six keys that differ in all that can be filtered by. */
beforeAll(async () => {
  at = await keyEstate();
  await at.run(createKeystore, {
    vaultId: at.vaultId,
    type: 'cloud',
    name: 'cloud',
    connection: { region: 'eu-1', access_key: 'swordfish' },
  });
  await at.makeTemplate({ name: 'wide', targets: [ringTarget, cloudTarget] });
  otherVaultId = (await at.run(createVault, { name: 'other' })).id;
  await at.run(createKeystore, { vaultId: otherVaultId, type: 'internal', name: 'ring' });
  made.cards = await at.make({
    label: 'Cards-1',
    tags: [
      { name: 'app', value: 'cards' },
      { name: 'env', value: 'prod' },
    ],
  });
  at.clock.advance(86_400);
  made.waiting = await at.make({
    label: 'waiting',
    initialState: 'PRE_ACTIVATION',
    activationDate: '2030-06-01',
    expirationDate: '2031-06-01',
  });
  made.wide = await at.make({ label: 'wide-cards', templateName: 'wide', tags: [{ name: 'app', value: 'prod' }] });
  made.rsa = await at.make({ label: 'signing', template: { key: { algorithm: 'RSA', size: '2048' }, targets: [ringTarget] } });
  made.gone = await at.run(deactivateManagedKey, { id: (await at.make({ label: 'gone' })).id });
  made.other = await at.run(createManagedKey, { vaultId: otherVaultId, label: 'elsewhere', template: { key: aes, targets: [ringTarget] } });
  at.clock.advance(86_400);
  made.wide = await at.run(rotateManagedKey, { id: made.wide.id });
  await at.run(updateKeyTemplate, { id: at.template.id, key: { deactivateOnRotation: true } });
});
afterAll(async () => {
  await at.close();
});

const names = async (filter: object, more: object = {}, call = at.admin) => {
  const page = await at.run(managedKeys, { filter, ...more }, {}, call);
  const nameOf = new Map(Object.entries(made).map(([name, { id }]) => [id, name]));
  return page.items.map(({ entity }) => nameOf.get(entity.id) ?? entity.label);
};

describe('managedKeys', () => {
  const living = ['cards', 'other', 'rsa', 'waiting', 'wide'];
  const cases: readonly [string, () => object, readonly string[]][] = [
    ['nothing', () => ({}), living],
    ['ids, in any state', () => ({ ids: [made.gone?.id, made.cards?.id] }), ['cards', 'gone']],
    ['vaults', () => ({ vaultIds: [otherVaultId] }), ['other']],
    ['algorithms', () => ({ algorithms: ['RSA'] }), ['rsa']],
    ['states', () => ({ states: ['DEACTIVATED', 'PRE_ACTIVATION'] }), ['gone', 'waiting']],
    ['a part of the label', () => ({ label: 'CARDS' }), ['cards', 'wide']],
    ['the activation date', () => ({ activationDate: '2030-06-01' }), ['waiting']],
    ['a range of activation', () => ({ activationDateMin: '2030-06-02' }), []],
    ['a range of expiration', () => ({ expirationDateMin: '2031-01-01', expirationDateMax: '2031-06-01' }), ['waiting']],
    ['the day of creation', () => ({ createdAt: '2030-01-01' }), ['cards']],
    ['creation from a time on', () => ({ createdAtMin: '2030-01-01T00:00:00.001Z' }), ['other', 'rsa', 'waiting', 'wide']],
    ['the last change', () => ({ updatedAtMin: '2030-01-03' }), ['wide']],
    ['the last rotation', () => ({ rotatedAtMin: '2030-01-02', rotatedAtMax: '2030-01-03' }), ['wide']],
    ['the size', () => ({ size: '2048' }), ['rsa']],
    ['a range of sizes', () => ({ sizeMin: 200, sizeMax: 1000 }), ['cards', 'other', 'waiting', 'wide']],
    ['keystore types', () => ({ keystoreTypes: ['cloud'] }), ['wide']],
    ['keystore names', () => ({ keystoreNames: ['ring'], vaultIds: [at.vaultId] }), ['cards', 'rsa', 'waiting', 'wide']],
    ['keystores', () => ({ keystoreIds: [at.ring.id], algorithms: ['RSA'] }), ['rsa']],
    ['sync flags', () => ({ syncFlags: ['OK'] }), ['waiting']],
    ['the beginning of the template name', () => ({ templateName: 'WID' }), ['wide']],
    ['templates', () => ({ templateIds: [at.template.id] }), ['cards', 'waiting']],
    ['template types', () => ({ templateTypes: ['SHADOW'] }), ['other', 'rsa']],
    ['unaligned', () => ({ alignmentStatuses: ['UNALIGNED'] }), ['cards', 'waiting']],
    ['aligned', () => ({ alignmentStatuses: ['ALIGNED'], vaultIds: [at.vaultId] }), ['rsa', 'wide']],
    ['a tag', () => ({ tagName: 'app', tagValue: 'cards' }), ['cards']],
    ["a tag's name", () => ({ tagName: 'app' }), ['cards', 'wide']],
    ["a tag's value", () => ({ tagValue: 'prod' }), ['cards', 'wide']],
    ['a name and a value of different tags', () => ({ tagName: 'env', tagValue: 'cards' }), []],
  ];

  test.each(cases)('filtered by %s', async (_name, filter, expected) => {
    expect((await names(filter())).toSorted()).toEqual(expected);
  });

  test('a value and a range of the same field exclude each other', async () => {
    for (const filter of [
      { size: '256', sizeMin: 1 },
      { createdAt: '2030-01-01', createdAtMax: '2030-01-01' },
    ]) {
      expect(await at.refusal(managedKeys, { filter })).toBe('FILTERS_EXCLUSIVE');
    }
    expect(await at.refusal(managedKeys, { filter: { unknown: 1 } })).toBe('INPUT_INVALID');
  });

  test('sorted and paged', async () => {
    const sort = [{ field: 'label', descending: true }];
    expect(await names({}, { sort })).toEqual(['wide', 'waiting', 'rsa', 'other', 'cards']);
    const first = await at.run(managedKeys, { sort, first: 2 });
    expect(first.hasNext).toBe(true);
    expect(await names({}, { sort, first: 2, after: first.items[1]?.cursor })).toEqual(['rsa', 'other']);
    expect(await first.total()).toBe(5);
    expect((await names({}))[0]).toBe('wide');
  });

  test('shows only what the caller may see, also when it asks for more', async () => {
    const inOther = await at.callOf(['Reader'], { kind: 'VAULT', id: otherVaultId });
    expect(await names({}, {}, inOther)).toEqual(['other']);
    expect(await names({ vaultIds: [at.vaultId] }, {}, inOther)).toEqual([]);
    expect(await names({ ids: [made.cards?.id] }, {}, inOther)).toEqual([]);
    expect(await names({ alignmentStatuses: ['UNALIGNED'] }, {}, inOther)).toEqual([]);
    const ofOneKey = await at.callOf(['Reader'], { kind: 'KEY', id: made.cards?.id ?? '' });
    expect(await names({}, {}, ofOneKey)).toEqual(['cards']);
    expect(await names({ vaultIds: [otherVaultId] }, {}, ofOneKey)).toEqual([]);
    const instances = await at.run(keyInstances, {}, {}, ofOneKey);
    expect(instances.items.map(({ entity }) => entity.managedKeyId)).toEqual([made.cards?.id]);
    const nobody = await at.callOf(['Auditor']);
    expect(await at.refusal(managedKeys, {}, nobody)).toBe('FORBIDDEN');
  });
});

describe('who may use keys but not see templates and keystores', () => {
  const ofOneKey = async (role: string) => await at.callOf([role], { kind: 'KEY', id: made.wide?.id ?? '' });

  test.each([
    ['the beginning of the template name', () => ({ templateName: 'w' })],
    ['template types', () => ({ templateTypes: ['USER_DEFINED'] })],
    ['keystore names', () => ({ keystoreNames: ['cloud'] })],
    ['keystore types', () => ({ keystoreTypes: ['cloud'] })],
  ])('finds nothing out about them by %s', async (_name, filter) => {
    expect(await names(filter())).toContain('wide');
    for (const role of ['KeyUser', 'Reader']) {
      const call = await ofOneKey(role);
      expect(await names({}, {}, call)).toEqual(['wide']);
      expect(await names(filter(), {}, call), role).toEqual([]);
    }
    const ofVault = await at.callOf(['Reader'], { kind: 'VAULT', id: at.vaultId });
    expect(await names(filter(), {}, ofVault)).toContain('wide');
    const elsewhere = await at.callOf(['Reader'], { kind: 'VAULT', id: otherVaultId });
    expect(await names(filter(), {}, elsewhere)).not.toContain('wide');
  });

  test('sees that a key differs from its template, but not where that leads', async () => {
    const { read: reader } = at.estate.store;
    await at.run(updateKeyTemplate, { id: at.template.id, targets: [ringTarget, cloudTarget] });
    const key = await at.key(made.cards?.id ?? '');
    const seenBy = async (call: Call) => (await alignmentsOf(reader, await accessOf(reader, call), [key])).get(key.id);
    const whole = await seenBy(at.admin);
    expect(whole?.differences.map(({ target, keystoreId }) => target ?? keystoreId)).toContain('cloud:cloud');
    for (const role of ['KeyUser', 'Reader']) {
      const shown = await seenBy(await at.callOf([role], { kind: 'KEY', id: key.id }));
      expect(shown).toMatchObject({ status: 'UNALIGNED', reason: whole?.reason });
      expect(shown?.differences).toContainEqual({ field: 'KEYSTORE_ADDED' });
      expect(shown?.differences.flatMap((difference) => Object.keys(difference))).toEqual(shown?.differences.map(() => 'field'));
    }
    expect(await seenBy(await at.callOf(['Reader'], { kind: 'VAULT', id: at.vaultId }))).toEqual(whole);
  });

  test('is not told by a refusal to align either', async () => {
    const { id } = await at.run(createRole, { name: 'Aligner', actions: [...actionsFor('alignManagedKey', 'ACTIVE')] });
    const rsa = made.rsa?.id ?? '';
    const shadow = (await at.key(rsa)).templateId;
    await at.run(updateKeyTemplate, { id: shadow, key: { size: '3072' }, targets: [ringTarget, { ...ringTarget, group: 'secret' }] });
    const refusal = async (call: Call) => {
      const thrown = await at.run(alignManagedKey, { id: rsa }, {}, call).catch((error: unknown) => error as EstateError);
      return JSON.stringify({ ...thrown });
    };
    expect(await refusal(at.admin)).toContain('secret');
    const told = await refusal(await at.callOf([id]));
    expect(told).toContain('CANNOT_ALIGN');
    expect(told).not.toContain('secret');
  });
});

describe('one key', () => {
  test('existence is told only to who may know', async () => {
    const unknown = { id: '00000000-0000-4000-8000-00000000ffff' };
    expect(await at.refusal(managedKey, unknown)).toBe('MANAGED_KEY_NOT_FOUND');
    const inOther = await at.callOf(['Reader'], { kind: 'VAULT', id: otherVaultId });
    expect(await at.refusal(managedKey, unknown, inOther)).toBe('FORBIDDEN');
    expect(await at.refusal(managedKey, { id: made.cards?.id }, inOther)).toBe('FORBIDDEN');
    expect(await at.refusal(destroyManagedKey, unknown, inOther)).toBe('FORBIDDEN');
    expect(await at.refusal(managedKey, { vaultId: at.vaultId })).toBe('INPUT_INVALID');
  });

  test('its versions, newest first, and its copies', async () => {
    const id = made.wide?.id;
    const versions = await at.run(keyVersions, { managedKeyId: id });
    expect(versions.items.map(({ entity }) => entity.version)).toEqual([2, 1]);
    const copies = await at.run(keyInstances, { filter: { managedKeyIds: [id], keystoreIds: [at.ring.id], statuses: ['UNKNOWN'] } });
    expect(copies.items.map(({ entity }) => entity.name)).toEqual(['wide-cards']);
    expect((await at.run(keyInstances, { filter: { syncFlags: ['OK'], vaultIds: [at.vaultId] } })).items).toHaveLength(1);
  });
});
