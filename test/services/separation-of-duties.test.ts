/** Who makes keys does not activate them, whatever way is taken: docs/decisions/0008-separation-of-duties.md. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ManagedKey } from '../../src/domain/managed-key.js';
import type { Call } from '../../src/services/call.js';
import { createRole } from '../../src/services/iam/create-role.js';
import { alignManagedKey } from '../../src/services/managed-keys/align.js';
import { createManagedKey } from '../../src/services/managed-keys/create.js';
import { createManagedKeyImport } from '../../src/services/managed-keys/create-import.js';
import { updateManagedKey } from '../../src/services/managed-keys/update.js';
import { archiveKeyTemplate, unarchiveKeyTemplate } from '../../src/services/templates/archive.js';
import { createKeyTemplate } from '../../src/services/templates/create.js';
import { exposeKeyTemplate } from '../../src/services/templates/expose.js';
import { updateKeyTemplate } from '../../src/services/templates/update.js';
import { aes, type KeyEstate, keyEstate, ringTarget } from './managed-keys/key-estate.js';

let at: KeyEstate;
let creator: Call;
let deployer: Call;
let administrator: Call;
beforeEach(async () => {
  at = await keyEstate();
  const inVault = { kind: 'VAULT', id: at.vaultId } as const;
  creator = await at.callOf(['KeyCustodianCreator'], inVault);
  deployer = await at.callOf(['KeyCustodianDeployer'], inVault);
  administrator = await at.callOf(['VaultAdministrator'], inVault);
});
afterEach(async () => {
  await at.close();
});

const off = { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false };
const waiting = { ...aes, initialState: 'PRE_ACTIVATION' };
const moves = [
  ['activateOnDate', 'activationDate'],
  ['deactivateOnDate', 'expirationDate'],
  ['destroyOnDate', 'destructionDate'],
] as const;
let count = 0;
const named = () => ({ vaultId: at.vaultId, label: `duty-${++count}` });
const templateOf = (key: object) => ({ vaultId: at.vaultId, name: `duty-${++count}`, key, targets: [ringTarget] });
/** What becomes of it when the Creator asks for this key. */
const made = async (fields: object, call = creator) => await at.refusal(createManagedKey, { ...named(), ...fields }, call);

describe('a Creator alone makes no key ACTIVE', () => {
  test('by asking for it where the template says PRE_ACTIVATION; a Creator who is Deployer too may', async () => {
    const { id: templateId } = await at.makeTemplate({ name: 'waiting', key: waiting });
    expect(await made({ templateId, initialState: 'ACTIVE' })).toBe('FORBIDDEN');
    expect(await made({ templateId })).toBe('DONE');
    const imported = async (fields: object) => await at.refusal(createManagedKeyImport, { ...named(), templateId, ...fields }, creator);
    expect(await imported({ initialState: 'ACTIVE' })).toBe('FORBIDDEN');
    expect(await imported({})).toBe('DONE');
    const both = await at.callOf(['KeyCustodianCreator', 'KeyCustodianDeployer'], { kind: 'VAULT', id: at.vaultId });
    expect(await made({ templateId, initialState: 'ACTIVE' }, both)).toBe('DONE');
  });

  test('by a recipe of the key’s own, or one that came along with a key', async () => {
    expect(await made({ template: { key: aes, targets: [ringTarget] } })).toBe('FORBIDDEN');
    expect(await made({ template: { key: waiting, targets: [ringTarget] } })).toBe('DONE');
    const { templateId } = await at.make({ template: { key: aes, targets: [ringTarget] } });
    expect(await made({ templateId })).toBe('FORBIDDEN');
    expect(await at.refusal(exposeKeyTemplate, { id: templateId }, creator)).toBe('FORBIDDEN');
    expect(await at.refusal(exposeKeyTemplate, { id: templateId }, administrator)).toBe('DONE');
    expect(await made({ templateId })).toBe('DONE');
  });

  test('by writing a template for it', async () => {
    expect(await at.refusal(createKeyTemplate, templateOf(aes), creator)).toBe('FORBIDDEN');
    expect(await at.refusal(createKeyTemplate, { ...templateOf(aes), state: 'ARCHIVED' }, creator)).toBe('FORBIDDEN');
    const { id } = await at.run(createKeyTemplate, templateOf(waiting), {}, creator);
    expect(await at.refusal(updateKeyTemplate, { id, key: { initialState: 'ACTIVE' } }, creator)).toBe('FORBIDDEN');
    for (const [move] of moves) {
      const lifecyclePolicy = { ...off, [move]: true };
      expect(await at.refusal(updateKeyTemplate, { id, key: { lifecyclePolicy } }, creator), move).toBe('FORBIDDEN');
      expect(await at.refusal(createKeyTemplate, templateOf({ ...waiting, lifecyclePolicy }), creator), move).toBe('FORBIDDEN');
    }
  });

  test('by taking such a template out of the archive', async () => {
    await at.run(archiveKeyTemplate, { id: at.template.id }, {}, administrator);
    expect(await at.refusal(unarchiveKeyTemplate, { id: at.template.id }, creator)).toBe('FORBIDDEN');
    expect(await at.refusal(unarchiveKeyTemplate, { id: at.template.id }, administrator)).toBe('DONE');
  });
});

describe('the vault’s templates are its policy', () => {
  test('a Vault Administrator writes any, and then a Creator makes ACTIVE keys from it', async () => {
    const { id: templateId } = await at.run(createKeyTemplate, templateOf(aes), {}, administrator);
    expect(await at.run(createManagedKey, { ...named(), templateId }, {}, creator)).toMatchObject({ state: 'ACTIVE' });
    expect(await made({ templateId, initialState: 'ACTIVE' })).toBe('DONE');
    const every = { activateOnDate: true, deactivateOnDate: true, destroyOnDate: true };
    const key = { lifecyclePolicy: every, activationPeriod: 'P1D', expirationPeriod: 'P1Y' };
    expect(await at.refusal(updateKeyTemplate, { id: templateId, key }, administrator)).toBe('DONE');
    expect(await made({ templateId })).toBe('DONE');
  });

  test('an ACTIVE key needs the right to install it', async () => {
    const generating = ['managed-keys.write', 'managed-keys.generate', 'managed-keys.distribute'];
    const { id } = await at.run(createRole, { name: 'Generator', actions: generating });
    const generator = await at.callOf([id]);
    expect(await made({ templateId: at.template.id }, generator)).toBe('FORBIDDEN');
    expect(await made({ templateId: at.template.id, initialState: 'PRE_ACTIVATION' }, generator)).toBe('DONE');
  });

  test('a Creator changes the rest of them, and periods that move nothing', async () => {
    const { id } = at.template;
    expect(await at.refusal(updateKeyTemplate, { id, description: 'x', key: { expirationPeriod: 'P1Y' } }, creator)).toBe('DONE');
    await at.run(updateKeyTemplate, { id, key: { lifecyclePolicy: { ...off, deactivateOnDate: true } } }, {}, administrator);
    expect(await at.refusal(updateKeyTemplate, { id, key: { deactivateOnRotation: true } }, creator)).toBe('DONE');
    for (const key of [{ expirationPeriod: 'P2Y' }, { activationPeriod: 'P1D' }, { lifecyclePolicy: off }]) {
      expect(await at.refusal(updateKeyTemplate, { id, key }, creator)).toBe('FORBIDDEN');
    }
  });
});

describe.each(moves)('%s', (move, day) => {
  const lifecyclePolicy = { ...off, [move]: true };
  const mayByHand = (): readonly Call[] => (move === 'destroyOnDate' ? [] : [deployer]);
  const update = async (key: ManagedKey, fields: object, call: Call) => await at.refusal(updateManagedKey, { id: key.id, ...fields }, call);

  test('a new key gets neither the policy nor its day from who may not move it', async () => {
    expect(await made({ templateId: at.template.id, lifecyclePolicy, [day]: '2030-06-01' })).toBe('FORBIDDEN');
    expect(await made({ templateId: at.template.id, [day]: '2030-06-01' })).toBe('DONE');
    const planned = await at.run(createKeyTemplate, templateOf({ ...waiting, lifecyclePolicy }), {}, administrator);
    expect(await made({ templateId: planned.id })).toBe('DONE');
    expect(await made({ templateId: planned.id, [day]: '2030-06-01' })).toBe('FORBIDDEN');
    expect(await made({ templateId: planned.id, lifecyclePolicy: off })).toBe('FORBIDDEN');
  });

  test('neither does an existing one', async () => {
    const key = await at.make({ initialState: 'PRE_ACTIVATION', [day]: '2030-06-01' });
    for (const call of [creator, ...(mayByHand().length === 0 ? [deployer] : [])]) {
      expect(await update(key, { lifecyclePolicy }, call)).toBe('FORBIDDEN');
    }
    expect(await update(key, { [day]: '2030-07-01' }, creator)).toBe('DONE');
    for (const call of mayByHand()) expect(await update(key, { lifecyclePolicy }, call)).toBe('DONE');
    await at.run(updateManagedKey, { id: key.id, lifecyclePolicy });
    for (const fields of [{ [day]: '2030-06-02' }, { [day]: null }, { lifecyclePolicy: off }, { followTemplate: ['LIFECYCLE_POLICY'] }]) {
      expect(await update(key, fields, creator)).toBe('FORBIDDEN');
    }
    expect(await update(key, { description: 'x', tags: [] }, creator)).toBe('DONE');
    for (const call of mayByHand()) expect(await update(key, { [day]: '2030-06-02' }, call)).toBe('DONE');
  });

  test('aligning to the policy needs the right where the key has a day', async () => {
    const [dated, undated] = [await at.make({ [day]: '2030-06-01' }), await at.make()];
    await at.run(updateKeyTemplate, { id: at.template.id, key: { lifecyclePolicy } }, {}, administrator);
    expect(await at.refusal(alignManagedKey, { id: dated.id }, creator)).toBe('FORBIDDEN');
    for (const call of mayByHand()) expect(await at.refusal(alignManagedKey, { id: dated.id }, call)).toBe('DONE');
    expect(await at.refusal(alignManagedKey, { id: undated.id }, creator)).toBe('DONE');
  });
});
