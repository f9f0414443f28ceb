import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EstateError } from '../../../src/domain/errors.js';
import { createKeystore } from '../../../src/services/keystores/create.js';
import { createManagedKey } from '../../../src/services/managed-keys/create.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { managedKey } from '../../../src/services/managed-keys/get.js';
import { archiveKeyTemplate } from '../../../src/services/templates/archive.js';
import { createVault } from '../../../src/services/vaults/create.js';
import { aes, cloudTarget, type KeyEstate, keyEstate, ringTarget } from './key-estate.js';

let at: KeyEstate;
beforeEach(async () => {
  at = await keyEstate();
});
afterEach(async () => {
  await at.close();
});

const cloud = { type: 'cloud', name: 'cloud', connection: { region: 'eu-1', access_key: 'swordfish-0815' } };

describe('createManagedKey', () => {
  test('makes key, version, blob and a wanted copy in every keystore of the targets', async () => {
    const key = await at.make({ label: 'card-data', tags: [{ name: 'app', value: 'cards' }] });
    expect(key).toMatchObject({ label: 'card-data', state: 'ACTIVE', algorithm: 'AES', size: '256', version: 1, origin: 'GENERATED' });
    expect(key.activatedAt).toBe(at.clock.now());
    const [version] = await at.versions(key.id);
    expect(version).toMatchObject({ version: 1, state: 'ACTIVE' });
    expect(version?.verificationPatterns).toEqual([{ method: 'ENC-ZERO', value: expect.stringMatching(/^[0-9a-f]{6}$/) }]);
    const blob = await at.estate.store.read.get('keyBlob', version?.blobId ?? '');
    expect(blob).toMatchObject({
      ownerKind: 'KEY_VERSION',
      ownerId: version?.id,
      context: { keyId: key.id, version: 1, vaultId: at.vaultId },
    });
    expect(await at.instances(key.id)).toMatchObject([
      { keystoreId: at.ring.id, desiredState: 'ACTIVE', name: 'card-data', nextAttemptAt: at.clock.now(), targetId: key.targets[0]?.id },
    ]);
    expect(await at.run(managedKey, { vaultId: at.vaultId, label: 'card-data' })).toEqual(key);
  });

  test('remembers which settings the caller gave; a recipe of its own gives none', async () => {
    const lifecyclePolicy = { activateOnDate: true, deactivateOnDate: false, destroyOnDate: false };
    const given = await at.make({ rotationPolicy: { intervalDays: 30 }, lifecyclePolicy });
    expect(given).toMatchObject({
      rotationPolicy: { intervalDays: 30 },
      lifecyclePolicy,
      ownSettings: ['ROTATION_POLICY', 'LIFECYCLE_POLICY'],
    });
    const recipe = { key: { ...aes, rotationPolicy: { intervalDays: 30 } }, targets: [ringTarget] };
    expect(await at.make({ template: recipe })).toMatchObject({ rotationPolicy: { intervalDays: 30 }, ownSettings: [] });
    expect(await at.make({ deactivateOnRotation: true })).toMatchObject({
      deactivateOnRotation: true,
      ownSettings: ['DEACTIVATE_ON_ROTATION'],
    });
    expect(await at.make({ template: recipe, rotationPolicy: null })).toMatchObject({
      rotationPolicy: null,
      ownSettings: ['ROTATION_POLICY'],
    });
  });

  test('a key that waits is wanted nowhere yet', async () => {
    const key = await at.make({ initialState: 'PRE_ACTIVATION' });
    expect(key).toMatchObject({ state: 'PRE_ACTIVATION', activatedAt: null });
    expect(await at.instances(key.id)).toMatchObject([{ desiredState: 'ABSENT', nextAttemptAt: null, status: 'NOT_PRESENT' }]);
  });

  test('material can leave the HSM only when a target lies outside', async () => {
    await at.run(createKeystore, { vaultId: at.vaultId, ...cloud });
    const inside = await at.make();
    const outside = await at.make({ template: { key: aes, targets: [ringTarget, cloudTarget] } });
    const extractable = async (id: string) => {
      const [version] = await at.versions(id);
      const blob = await at.estate.store.read.get('keyBlob', version?.blobId ?? '');
      return (await at.estate.hsm.inspect({ blob: blob?.blob ?? new Uint8Array(), context: blob?.context ?? null })).attributes.extractable;
    };
    expect(await extractable(inside.id)).toBe(false);
    expect(await extractable(outside.id)).toBe(true);
    expect(await at.instances(outside.id)).toHaveLength(2);
  });

  test('a key of its own makes a SHADOW template in the same commit', async () => {
    const key = await at.make({ template: { key: { algorithm: 'EC', size: 'P-256' }, targets: [ringTarget] } });
    const shadow = await at.estate.store.read.get('keyTemplate', key.templateId);
    expect(shadow).toMatchObject({ types: ['SHADOW'], key: { algorithm: 'EC', size: 'P-256' } });
    expect((await at.versions(key.id))[0]?.publicKey).toBeInstanceOf(Uint8Array);
    const templates = await at.estate.store.read.count('keyTemplate', {});
    expect(
      await at.refusal(createManagedKey, { vaultId: at.vaultId, label: key.label, template: { key: aes, targets: [ringTarget] } }),
    ).toBe('NAME_TAKEN');
    expect(await at.estate.store.read.count('keyTemplate', {})).toBe(templates);
  });

  test('periods count from today to activation and from there to expiration; dates of the caller go before', async () => {
    at.clock.set('2023-06-05T12:00:00.000Z');
    await at.makeTemplate({ name: 'dated', key: { ...aes, activationPeriod: 'P5Y1M1W2D', expirationPeriod: 'P1Y2M1W4D' } });
    expect(await at.make({ templateName: 'dated' })).toMatchObject({ activationDate: '2028-07-14', expirationDate: '2029-09-25' });
    expect(await at.make({ templateName: 'dated', activationDate: '2024-01-01', expirationDate: null })).toMatchObject({
      activationDate: '2024-01-01',
      expirationDate: null,
    });
    expect(
      await at.refusal(createManagedKey, { vaultId: at.vaultId, templateName: 'dated', label: 'x', expirationDate: '2024-01-01' }),
    ).toBe('INPUT_INVALID');
  });

  test('the naming scheme makes the label, and each target its own name', async () => {
    await at.run(createKeystore, { vaultId: at.vaultId, ...cloud });
    await at.makeTemplate({
      name: 'named',
      namingScheme: 'app/<APP>/<lay>',
      key: { ...aes, expirationPeriod: 'P1Y' },
      targets: [ringTarget, { ...cloudTarget, namingScheme: '<APP>-<ENV>' }],
    });
    const namingValues = [
      { name: 'APP', value: 'cards' },
      { name: 'ENV', value: 'prod' },
    ];
    const key = await at.make({ templateName: 'named', namingValues });
    expect(key.label).toBe('app/cards/2031');
    expect(key.labelTags).toEqual([
      { name: 'APP', value: 'cards' },
      { name: 'lay', value: '2031' },
      { name: 'ENV', value: 'prod' },
    ]);
    expect((await at.instances(key.id)).map(({ name }) => name).sort()).toEqual(['app/cards/2031', 'cards-prod']);
    const refused = (values: object[]) =>
      at.refusal(createManagedKey, { vaultId: at.vaultId, templateName: 'named', namingValues: values });
    expect(await refused(namingValues.slice(1))).toBe('NAMING_VALUE_MISSING');
    expect(await refused([...namingValues, { name: 'OTHER', value: 'typo' }])).toBe('INPUT_INVALID');
    expect(
      await refused([
        { name: 'APP', value: 'other' },
        { name: 'ENV', value: 'a much too long environment' },
      ]),
    ).toBe('NAME_BREAKS_KEYSTORE_RULE');
    expect(await at.refusal(createManagedKey, { vaultId: at.vaultId, templateId: at.template.id })).toBe('INPUT_INVALID');
  });

  test('names are unique among keys that are not being destroyed, and per keystore', async () => {
    const first = await at.make({ label: 'one' });
    expect(await at.refusal(createManagedKey, { vaultId: at.vaultId, templateId: at.template.id, label: 'one' })).toBe('NAME_TAKEN');
    await at.run(destroyManagedKey, { id: first.id });
    const second = await at.make({ label: 'one' });
    expect(await at.run(managedKey, { vaultId: at.vaultId, label: 'one' })).toEqual(second);
    await at.makeTemplate({ name: 'fixed', targets: [{ ...ringTarget, namingScheme: 'one' }] });
    expect(await at.refusal(createManagedKey, { vaultId: at.vaultId, templateName: 'fixed', label: 'other' })).toBe('NAME_TAKEN');
    const other = await at.run(createVault, { name: 'other' });
    await at.run(createKeystore, { vaultId: other.id, type: 'internal', name: 'ring' });
    const elsewhere = { vaultId: other.id, label: 'one', template: { key: aes, targets: [ringTarget] } };
    expect((await at.run(createManagedKey, elsewhere)).label).toBe('one');
  });

  test('what cannot be made is refused, and nothing is left of it', async () => {
    const input = { vaultId: at.vaultId, label: 'nope' };
    const nowhere = { key: aes, targets: [{ keystoreType: 'internal', group: 'missing' }] };
    expect(await at.refusal(createManagedKey, { ...input, template: nowhere })).toBe('TARGET_GROUP_UNKNOWN');
    expect(
      await at.refusal(createManagedKey, {
        ...input,
        template: { ...nowhere, key: { algorithm: 'RSA', size: '2048' }, targets: [cloudTarget] },
      }),
    ).toBe('ALGORITHM_NOT_SUPPORTED_BY_KEYSTORE');
    expect(await at.refusal(createManagedKey, { ...input, template: { ...nowhere, key: { algorithm: 'AES', size: '64' } } })).toBe(
      'ALGORITHM_UNKNOWN',
    );
    expect(await at.refusal(createManagedKey, { ...input, templateName: 'missing' })).toBe('KEY_TEMPLATE_NOT_FOUND');
    expect(await at.refusal(createManagedKey, { ...input, templateId: at.template.id, templateName: 'plain' })).toBe('INPUT_INVALID');
    expect(await at.refusal(createManagedKey, { ...input, templateId: at.template.id, label: 'not&allowed' })).toBe('INPUT_INVALID');
    const other = await at.run(createVault, { name: 'other' });
    expect(await at.refusal(createManagedKey, { ...input, vaultId: other.id, templateId: at.template.id })).toBe('KEY_TEMPLATE_NOT_FOUND');
    await at.run(archiveKeyTemplate, { id: at.template.id });
    expect(await at.refusal(createManagedKey, { ...input, templateId: at.template.id })).toBe('TEMPLATE_ARCHIVED');
    expect(await at.estate.store.read.count('managedKey', {})).toBe(0);
    expect(await at.blobs()).toBe(0);
  });

  test('a client token answers the first key again', async () => {
    const input = { vaultId: at.vaultId, templateId: at.template.id, label: 'once' };
    const first = await at.run(createManagedKey, input, { clientToken: 'abc' });
    expect(await at.run(createManagedKey, input, { clientToken: 'abc' })).toEqual(first);
    const reuse = at.run(createManagedKey, { ...input, label: 'twice' }, { clientToken: 'abc' });
    await expect(reuse).rejects.toMatchObject({ code: 'CLIENT_TOKEN_REUSED' } satisfies Partial<EstateError>);
  });

  test('a dry run shows the key and keeps nothing', async () => {
    const key = await at.run(createManagedKey, { vaultId: at.vaultId, templateId: at.template.id, label: 'maybe' }, { dryRun: true });
    expect(key).toMatchObject({ label: 'maybe', state: 'ACTIVE' });
    expect(await at.estate.store.read.count('managedKey', {})).toBe(0);
    expect((await at.audit()).at(-1)?.event).toMatchObject({ action: 'managed-key.create', dryRun: true });
  });
});
