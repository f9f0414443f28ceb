import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EstateError } from '../../../src/domain/errors.js';
import { createRole } from '../../../src/services/iam/create-role.js';
import { createKeystore } from '../../../src/services/keystores/create.js';
import { alignManagedKey } from '../../../src/services/managed-keys/align.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { managedKeys } from '../../../src/services/managed-keys/list.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { syncManagedKey } from '../../../src/services/managed-keys/sync.js';
import { updateManagedKey } from '../../../src/services/managed-keys/update.js';
import { archiveKeyTemplate } from '../../../src/services/templates/archive.js';
import { updateKeyTemplate } from '../../../src/services/templates/update.js';
import { aes, cloudTarget, type KeyEstate, keyEstate, ringTarget } from './key-estate.js';

let at: KeyEstate;
beforeEach(async () => {
  at = await keyEstate({ policy: { rotationWaitSeconds: 3600, pendingDestructionSeconds: 86_400 } });
});
afterEach(async () => {
  await at.close();
});

const cloud = (name = 'cloud', more: object = {}) => ({
  vaultId: at.vaultId,
  type: 'cloud',
  name,
  connection: { region: 'eu-1', access_key: 'swordfish-0815' },
  ...more,
});

/** As the reconciler leaves a copy that is as it should be. */
async function settle(id: string): Promise<void> {
  for (const instance of await at.instances(id)) {
    const seen = { status: 'ACTIVE', remoteId: 'there', nextAttemptAt: null, syncFlag: 'OK' } as const;
    await at.estate.store.write((tx) => tx.observe('keyInstance', instance.id, seen));
  }
}

describe('updateManagedKey', () => {
  test('changes fields, tells the next rotation, and raises the revision', async () => {
    const { id, revision } = await at.make();
    const fields = {
      description: 'for cards',
      tags: [{ name: 'app', value: 'cards' }],
      expirationDate: '2031-01-01',
      deactivateOnRotation: true,
    };
    const key = await at.run(updateManagedKey, { id, revision, ...fields, rotationPolicy: { intervalDays: 90 } });
    expect(key).toMatchObject({ ...fields, revision: revision + 1, nextRotationAt: '2030-04-01T00:00:00.000Z' });
    expect(await at.run(updateManagedKey, { id, rotationPolicy: null })).toMatchObject({ nextRotationAt: null, description: 'for cards' });
    expect(await at.refusal(updateManagedKey, { id, revision, description: 'late' })).toBe('STALE_VERSION');
  });

  test('a new label renames the copies that bear it', async () => {
    await at.run(createKeystore, cloud());
    const template = { key: aes, targets: [ringTarget, { ...cloudTarget, namingScheme: 'fixed' }] };
    const { id } = await at.make({ label: 'old', template });
    await settle(id);
    expect(await at.run(updateManagedKey, { id, label: 'new' })).toMatchObject({ label: 'new' });
    const instances = await at.instances(id);
    expect(new Map(instances.map(({ name, nextAttemptAt }) => [name, nextAttemptAt]))).toEqual(
      new Map([
        ['new', at.clock.now()],
        ['fixed', null],
      ]),
    );
    await at.make({ label: 'taken' });
    expect(await at.refusal(updateManagedKey, { id, label: 'taken' })).toBe('NAME_TAKEN');
  });

  test('a label made by a naming scheme stays', async () => {
    await at.makeTemplate({ name: 'named', namingScheme: 'app-<APP>' });
    const { id } = await at.make({ templateName: 'named', namingValues: [{ name: 'APP', value: 'cards' }] });
    const refused = at.run(updateManagedKey, { id, label: 'other' });
    await expect(refused).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      details: { issues: [{ path: 'label' }] },
    } satisfies Partial<EstateError>);
    const own = await at.run(updateManagedKey, { id: (await at.make({ templateName: 'named' })).id, label: 'my own' });
    expect(own.label).toBe('my own');
  });

  test('a setting given is the key’s own until the key follows its template again', async () => {
    const { id } = await at.make();
    expect(await at.run(updateManagedKey, { id, description: 'x' })).toMatchObject({ ownSettings: [] });
    const own = await at.run(updateManagedKey, { id, rotationPolicy: { intervalDays: 90 }, deactivateOnRotation: true });
    expect(own.ownSettings).toEqual(['DEACTIVATE_ON_ROTATION', 'ROTATION_POLICY']);
    await at.run(updateKeyTemplate, { id: at.template.id, key: { rotationPolicy: { intervalDays: 30 } } });
    const followed = await at.run(updateManagedKey, { id, followTemplate: ['ROTATION_POLICY', 'LIFECYCLE_POLICY'] });
    expect(followed).toMatchObject({
      ownSettings: ['DEACTIVATE_ON_ROTATION'],
      rotationPolicy: { intervalDays: 30 },
      nextRotationAt: '2030-01-31T00:00:00.000Z',
      deactivateOnRotation: true,
    });
    expect(await at.run(updateManagedKey, { id, rotationPolicy: null })).toMatchObject({
      ownSettings: ['DEACTIVATE_ON_ROTATION', 'ROTATION_POLICY'],
      nextRotationAt: null,
    });
  });

  test('a setting is given or follows the template, not both', async () => {
    const { id, revision } = await at.make();
    const both = { deactivateOnRotation: true, rotationPolicy: null, followTemplate: ['ROTATION_POLICY'] };
    await expect(at.run(updateManagedKey, { id, ...both })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      details: { issues: [{ path: 'rotationPolicy' }] },
    });
    expect(await at.refusal(updateManagedKey, { id, followTemplate: ['LABEL'] })).toBe('INPUT_INVALID');
    expect((await at.key(id)).revision).toBe(revision);
  });

  test('to follow a policy of the template needs the right to change dates', async () => {
    const { id } = await at.make();
    const writer = await at.run(createRole, { name: 'Writer', actions: ['managed-keys.write'] });
    const call = await at.callOf([writer.id]);
    expect(await at.refusal(updateManagedKey, { id, followTemplate: ['LIFECYCLE_POLICY'] }, call)).toBe('FORBIDDEN');
    expect(await at.refusal(updateManagedKey, { id, followTemplate: ['DEACTIVATE_ON_ROTATION'] }, call)).toBe('DONE');
  });

  test('dates and tags need rights of their own', async () => {
    const { id } = await at.make();
    const noOne = await at.callOf(['VaultAdministrator']);
    expect(await at.refusal(updateManagedKey, { id, description: 'x' }, noOne)).toBe('FORBIDDEN');
    const custodian = await at.callOf(['KeyCustodianCreator']);
    expect(await at.refusal(updateManagedKey, { id, tags: [], expirationDate: null }, custodian)).toBe('DONE');
  });

  test('is refused while a destruction is pending, and for dates out of order', async () => {
    const { id } = await at.make();
    expect(await at.refusal(updateManagedKey, { id, activationDate: '2031-01-01', expirationDate: '2030-01-01' })).toBe('INPUT_INVALID');
    await at.run(destroyManagedKey, { id });
    expect(await at.refusal(updateManagedKey, { id, description: 'x' })).toBe('DESTRUCTION_PENDING');
  });
});

describe('rotateManagedKey', () => {
  test('makes a next version; earlier ones stay or are deactivated as the key says', async () => {
    const [keeping, deactivating] = [await at.make(), await at.make()];
    await at.run(updateManagedKey, { id: deactivating.id, deactivateOnRotation: true });
    for (const [{ id }, earlier] of [
      [keeping, 'ACTIVE'],
      [deactivating, 'DEACTIVATED'],
    ] as const) {
      await settle(id);
      expect(await at.run(rotateManagedKey, { id })).toMatchObject({ version: 2, state: 'ACTIVE', rotatedAt: at.clock.now() });
      const versions = await at.versions(id);
      expect(new Map(versions.map(({ version, state }) => [version, state]))).toEqual(
        new Map([
          [1, earlier],
          [2, 'ACTIVE'],
        ]),
      );
      expect(versions[0]?.verificationPatterns).not.toEqual(versions[1]?.verificationPatterns);
      expect(await at.instances(id)).toMatchObject([{ nextAttemptAt: at.clock.now() }]);
    }
  });

  test('people wait between two rotations, and are told how long', async () => {
    const { id } = await at.make();
    await at.run(rotateManagedKey, { id });
    const early = at.run(rotateManagedKey, { id });
    await expect(early).rejects.toMatchObject({ code: 'ROTATION_TOO_SOON', details: { retryAt: '2030-01-01T01:00:00.000Z' } });
    at.clock.advance(3600);
    expect(await at.run(rotateManagedKey, { id })).toMatchObject({ version: 3 });
  });

  test('a key with a date in its name keeps the name', async () => {
    await at.makeTemplate({ name: 'dated', namingScheme: '<APP>-<yyyy><mm>' });
    const { id, label } = await at.make({ templateName: 'dated', namingValues: [{ name: 'APP', value: 'cards' }] });
    at.clock.set('2031-07-01T00:00:00.000Z');
    expect(label).toBe('cards-203001');
    expect(await at.run(rotateManagedKey, { id })).toMatchObject({ version: 2, label });
  });

  test('deactivated keys rotate only where the policy allows it', async () => {
    const lenient = await keyEstate({ policy: { rotateDeactivated: true } });
    try {
      const { id } = await lenient.make();
      await lenient.run(deactivateManagedKey, { id });
      expect(await lenient.run(rotateManagedKey, { id })).toMatchObject({ version: 2, state: 'DEACTIVATED' });
      expect((await lenient.versions(id)).map(({ state }) => state)).toEqual(['DEACTIVATED', 'DEACTIVATED']);
    } finally {
      await lenient.close();
    }
  });
});

describe('syncManagedKey', () => {
  test('has every copy looked at now, and stales nobody', async () => {
    const { id, revision } = await at.make();
    await settle(id);
    expect(await at.run(syncManagedKey, { id, revision })).toMatchObject({ revision });
    expect(await at.instances(id)).toMatchObject([{ syncFlag: 'VERIFYING_SYNC', nextAttemptAt: at.clock.now(), attempts: 0 }]);
  });
});

describe('alignManagedKey', () => {
  const unaligned = async () =>
    (await at.run(managedKeys, { filter: { alignmentStatuses: ['UNALIGNED'] } })).items.map(({ entity }) => entity.id);

  test('follows the template: policies, and keystores that come and go', async () => {
    await at.run(createKeystore, cloud('first', { groups: ['cloud'] }));
    const template = await at.makeTemplate({ name: 'wide', targets: [ringTarget, cloudTarget] });
    const { id } = await at.make({ templateName: 'wide' });
    await settle(id);
    expect(await unaligned()).toEqual([]);
    const second = await at.run(createKeystore, cloud('second', { groups: ['cloud'] }));
    expect(await unaligned()).toEqual([id]);
    const dry = await at.run(alignManagedKey, { id }, { dryRun: true });
    expect(dry.id).toBe(id);
    expect((await at.audit()).at(-1)?.event.details).toMatchObject({ differences: [{ field: 'KEYSTORE_ADDED', keystoreId: second.id }] });
    expect(await at.instances(id)).toHaveLength(2);
    await at.run(updateKeyTemplate, { id: template.id, key: { deactivateOnRotation: true }, targets: [cloudTarget] });
    expect(await at.run(alignManagedKey, { id })).toMatchObject({ templateVersion: 2, deactivateOnRotation: true });
    const wanted = new Map(
      (await at.instances(id)).map(({ keystoreId, desiredState, targetId }) => [keystoreId, [desiredState, targetId === null]]),
    );
    expect(wanted.get(at.ring.id)).toEqual(['DEACTIVATED', true]);
    expect(wanted.get(second.id)).toEqual(['ACTIVE', false]);
    expect(await unaligned()).toEqual([]);
    await at.run(updateKeyTemplate, { id: template.id, targets: [ringTarget, cloudTarget] });
    await at.run(alignManagedKey, { id });
    expect((await at.instances(id)).map(({ desiredState }) => desiredState)).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
  });

  test('leaves what the key was given of its own, when it was made or later', async () => {
    const own = await at.make({ rotationPolicy: null });
    expect(own.ownSettings).toEqual(['ROTATION_POLICY']);
    const plain = await at.make();
    await at.run(updateManagedKey, { id: own.id, deactivateOnRotation: false });
    expect(await unaligned()).toEqual([]);
    const lifecyclePolicy = { activateOnDate: false, deactivateOnDate: true, destroyOnDate: false };
    const policies = { rotationPolicy: { intervalDays: 30 }, lifecyclePolicy, deactivateOnRotation: true };
    await at.run(updateKeyTemplate, { id: at.template.id, key: policies });
    expect(new Set(await unaligned())).toEqual(new Set([own.id, plain.id]));
    expect(await at.run(alignManagedKey, { id: plain.id })).toMatchObject({ ...policies, ownSettings: [] });
    expect(await at.run(alignManagedKey, { id: own.id })).toMatchObject({
      templateVersion: 2,
      rotationPolicy: null,
      nextRotationAt: null,
      deactivateOnRotation: false,
      lifecyclePolicy,
      ownSettings: ['DEACTIVATE_ON_ROTATION', 'ROTATION_POLICY'],
    });
    expect(await unaligned()).toEqual([]);
  });

  test('an aligned key is left alone', async () => {
    const { id, revision } = await at.make();
    expect(await at.run(alignManagedKey, { id })).toMatchObject({ revision });
  });

  test('refuses what cannot be followed', async () => {
    await at.run(createKeystore, cloud());
    const { id } = await at.make();
    await at.run(updateKeyTemplate, { id: at.template.id, targets: [ringTarget, cloudTarget] });
    const refused = at.run(alignManagedKey, { id });
    await expect(refused).rejects.toMatchObject({ code: 'CANNOT_ALIGN', details: { reason: 'MATERIAL_NOT_EXTRACTABLE' } });
    await at.run(updateKeyTemplate, { id: at.template.id, targets: [ringTarget], key: { size: '128' } });
    await expect(at.run(alignManagedKey, { id })).rejects.toMatchObject({ details: { reason: 'ALGORITHM_CHANGED' } });
    await at.run(archiveKeyTemplate, { id: at.template.id });
    expect(await at.refusal(alignManagedKey, { id })).toBe('TEMPLATE_ARCHIVED');
  });
});
