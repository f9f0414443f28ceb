import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EstateError } from '../../../src/domain/errors.js';
import { destinationOf, type KeyAction, type KeySituation, keyActions, keySituations, situationOf } from '../../../src/domain/key-state.js';
import type { ManagedKey } from '../../../src/domain/managed-key.js';
import { systemCall } from '../../../src/services/call.js';
import { createKeystore } from '../../../src/services/keystores/create.js';
import { deleteKeystore } from '../../../src/services/keystores/delete.js';
import { activateManagedKey } from '../../../src/services/managed-keys/activate.js';
import { alignManagedKey } from '../../../src/services/managed-keys/align.js';
import { cancelManagedKeyDestruction } from '../../../src/services/managed-keys/cancel-destruction.js';
import { compromiseManagedKey } from '../../../src/services/managed-keys/compromise.js';
import { createManagedKeyImport } from '../../../src/services/managed-keys/create-import.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { endManagedKeyDestruction } from '../../../src/services/managed-keys/end-destruction.js';
import { managedKey } from '../../../src/services/managed-keys/get.js';
import { removeManagedKey } from '../../../src/services/managed-keys/remove.js';
import { rotateManagedKey } from '../../../src/services/managed-keys/rotate.js';
import { syncManagedKey } from '../../../src/services/managed-keys/sync.js';
import { updateManagedKey } from '../../../src/services/managed-keys/update.js';
import { perform } from '../../../src/services/perform.js';
import { scheduler } from '../../../src/services/schedule.js';
import { archiveKeyTemplate } from '../../../src/services/templates/archive.js';
import { deleteKeyTemplate } from '../../../src/services/templates/delete.js';
import { createVault } from '../../../src/services/vaults/create.js';
import { deleteVault } from '../../../src/services/vaults/delete.js';
import { type KeyEstate, keyEstate } from './key-estate.js';

let at: KeyEstate;
const day = 86_400;
beforeEach(async () => {
  at = await keyEstate({ policy: { pendingDestructionSeconds: day } });
});
afterEach(async () => {
  await at.close();
});

/** A key that came to a situation the way keys come there. */
const ways: Record<KeySituation, (id: string) => Promise<unknown>> = {
  PRE_ACTIVATION: async () => {},
  ACTIVE: (id) => at.run(activateManagedKey, { id }),
  DEACTIVATED: async (id) => {
    await ways.ACTIVE(id);
    await at.run(deactivateManagedKey, { id });
  },
  DEACTIVATED_PENDING: async (id) => {
    await ways.ACTIVE(id);
    await at.run(destroyManagedKey, { id });
  },
  COMPROMISED: (id) => at.run(compromiseManagedKey, { id, reason: 'a laptop was lost' }),
  COMPROMISED_PENDING: async (id) => {
    await ways.COMPROMISED(id);
    await at.run(destroyManagedKey, { id });
  },
  DESTROYED: (id) => at.run(destroyManagedKey, { id }),
  DESTROYED_COMPROMISED: async (id) => {
    await ways.DESTROYED(id);
    await at.run(compromiseManagedKey, { id });
  },
};

async function keyIn(situation: KeySituation): Promise<ManagedKey> {
  const { id } = await at.make({ initialState: 'PRE_ACTIVATION' });
  await ways[situation](id);
  const key = await at.key(id);
  expect(situationOf(key)).toBe(situation);
  return key;
}

const operationOf: Record<Exclude<KeyAction, 'importMaterial' | 'endDestruction'>, (id: string) => Promise<unknown>> = {
  activate: (id) => at.run(activateManagedKey, { id }),
  deactivate: (id) => at.run(deactivateManagedKey, { id }),
  compromise: (id) => at.run(compromiseManagedKey, { id }),
  destroy: (id) => at.run(destroyManagedKey, { id }),
  cancelDestruction: (id) => at.run(cancelManagedKeyDestruction, { id }),
  rotate: (id) => at.run(rotateManagedKey, { id }),
  update: (id) => at.run(updateManagedKey, { id, description: 'changed' }),
  align: (id) => at.run(alignManagedKey, { id }),
  sync: (id) => at.run(syncManagedKey, { id }),
  remove: (id) => at.run(removeManagedKey, { id }),
};

const servers = new Set<KeyAction>(['importMaterial', 'endDestruction']);
const actions = keyActions.filter((action) => !servers.has(action)) as (keyof typeof operationOf)[];

describe('S20: key states', () => {
  test.each(actions)('%s does what the transition table says in every state, and nothing where it refuses', async (action) => {
    for (const situation of keySituations) {
      const key = await keyIn(situation);
      const to = destinationOf(action, situation, at.estate.policy);
      const instances = await at.instances(key.id);
      const result = await operationOf[action](key.id).catch((error: unknown) => error);
      if (to === null) {
        expect(result, `${action} from ${situation}`).toBeInstanceOf(EstateError);
        expect(['KEY_STATE_FORBIDS', 'DESTRUCTION_PENDING', 'NOT_PENDING_DESTRUCTION']).toContain((result as EstateError).code);
        expect(await at.key(key.id)).toEqual(key);
        expect(await at.instances(key.id)).toEqual(instances);
      } else if (to === 'REMOVED') {
        expect(await at.estate.store.read.get('managedKey', key.id)).toBeUndefined();
        expect(await at.versions(key.id)).toEqual([]);
      } else {
        expect(situationOf(await at.key(key.id)), `${action} from ${situation}`).toBe(to);
      }
    }
  });

  test('versions and copies follow their key, and material goes with it', async () => {
    const expected: [KeySituation, string, string][] = [
      ['ACTIVE', 'ACTIVE', 'ACTIVE'],
      ['DEACTIVATED', 'DEACTIVATED', 'DEACTIVATED'],
      ['DEACTIVATED_PENDING', 'DEACTIVATED', 'DEACTIVATED'],
      ['COMPROMISED', 'COMPROMISED', 'ABSENT'],
      ['DESTROYED', 'DESTROYED', 'DESTROYED'],
      ['DESTROYED_COMPROMISED', 'DESTROYED_COMPROMISED', 'DESTROYED'],
    ];
    for (const [situation, versionState, desiredState] of expected) {
      const { id } = await keyIn(situation);
      const [version] = await at.versions(id);
      expect(version?.state, situation).toBe(versionState);
      expect(version?.blobId === null, situation).toBe(situation.startsWith('DESTROYED'));
      expect(await at.instances(id), situation).toMatchObject([{ desiredState }]);
    }
    expect(await at.blobs()).toBe(4);
  });
});

describe('S6: moves at the same time', () => {
  const outcomes = async (input: object) => {
    const codes = await Promise.all(Array.from({ length: 100 }, () => at.refusal(deactivateManagedKey, input)));
    return [...new Set(codes)].map((code) => [code, codes.filter((other) => other === code).length]);
  };

  test('with one revision exactly one wins, and the others are stale', async () => {
    const { id, revision } = await at.make();
    expect(new Map((await outcomes({ id, revision })) as [string, number][])).toEqual(
      new Map([
        ['DONE', 1],
        ['STALE_VERSION', 99],
      ]),
    );
    expect(await at.key(id)).toMatchObject({ state: 'DEACTIVATED', revision: revision + 1 });
  });

  test('without a revision exactly one wins, and the others find the state changed', async () => {
    const { id } = await at.make();
    expect(new Map((await outcomes({ id })) as [string, number][])).toEqual(
      new Map([
        ['DONE', 1],
        ['KEY_STATE_FORBIDS', 99],
      ]),
    );
    const moves = (await at.audit()).filter(({ event }) => event.action === 'managed-key.deactivate');
    expect(moves).toHaveLength(100);
    expect(moves.filter(({ event }) => event.outcome === 'SUCCESS')).toHaveLength(1);
  });
});

describe('destruction', () => {
  test('an active key is deactivated, waits, and ends with its material', async () => {
    const { id } = await at.make({ label: 'doomed' });
    const pending = await at.run(destroyManagedKey, { id });
    expect(pending).toMatchObject({ state: 'DEACTIVATED', deactivatedAt: at.clock.now(), destroyAt: '2030-01-02T00:00:00.000Z' });
    const early = perform(at.estate, systemCall('scheduler', at.estate.newId()), endManagedKeyDestruction, { id });
    await expect(early).rejects.toMatchObject({ code: 'DESTRUCTION_PENDING' });
    expect(await at.refusal(endManagedKeyDestruction, { id })).toBe('FORBIDDEN');
    at.clock.advance(day);
    expect(await scheduler(at.estate).runDue()).toBe(1);
    expect(await at.key(id)).toMatchObject({ state: 'DESTROYED', destroyedAt: at.clock.now(), destroyAt: null });
    expect(await at.versions(id)).toMatchObject([{ state: 'DESTROYED', blobId: null }]);
    expect(await at.instances(id)).toMatchObject([{ desiredState: 'DESTROYED' }]);
    expect(await at.blobs()).toBe(0);
    const { event } = (await at.audit()).at(-2) ?? {};
    expect(event).toMatchObject({
      action: 'managed-key.end-destruction',
      severity: 'CRITICAL',
      initiator: { kind: 'SYSTEM', name: 'scheduler' },
    });
  });

  test('the longest pending period of the keystores counts, after the wait since deactivation', async () => {
    const patient = await keyEstate({ policy: { pendingDestructionSeconds: day, destroyWaitSeconds: 4 * 3600 } });
    try {
      const { id } = await patient.make();
      await patient.estate.store.write(async (tx) => {
        await tx.update('keystore', { ...patient.ring, pendingDestructionSeconds: 7 * day });
      });
      expect(await patient.run(destroyManagedKey, { id })).toMatchObject({ destroyAt: '2030-01-08T04:00:00.000Z' });
    } finally {
      await patient.close();
    }
  });

  test('without a pending period it is done at once, in one commit', async () => {
    const hasty = await keyEstate();
    try {
      const { id } = await hasty.make();
      const events = (await hasty.audit()).length;
      expect(await hasty.run(destroyManagedKey, { id })).toMatchObject({ state: 'DESTROYED' });
      expect(await hasty.blobs()).toBe(0);
      // The destruction, and that the HSM knows of it.
      expect((await hasty.audit()).slice(events).map(({ event }) => event.action)).toEqual([
        'managed-key.destroy',
        'hsm.remember-destroyed',
      ]);
    } finally {
      await hasty.close();
    }
  });

  test('asked for again is the same destruction', async () => {
    const { id } = await at.make();
    const pending = await at.run(destroyManagedKey, { id });
    at.clock.advance(3600);
    expect(await at.run(destroyManagedKey, { id })).toEqual(pending);
    expect(await at.key(id)).toEqual(pending);
    const { event } = (await at.audit()).at(-1) ?? {};
    expect(event).toMatchObject({ outcome: 'SUCCESS', details: { alreadyPending: true, destroyAt: pending.destroyAt } });
    expect(await at.refusal(destroyManagedKey, { id, revision: pending.revision - 1 })).toBe('STALE_VERSION');
  });

  test('can be cancelled until it ends, if the name is still free', async () => {
    const { id } = await at.make({ label: 'back' });
    await at.run(destroyManagedKey, { id });
    const successor = await at.make({ label: 'back' });
    expect(await at.refusal(cancelManagedKeyDestruction, { id })).toBe('NAME_TAKEN');
    await at.run(updateManagedKey, { id: successor.id, label: 'forth' });
    expect(await at.run(cancelManagedKeyDestruction, { id })).toMatchObject({ state: 'DEACTIVATED', destroyAt: null });
    expect(await at.run(activateManagedKey, { id })).toMatchObject({ state: 'ACTIVE', deactivatedAt: null });
    await at.run(destroyManagedKey, { id });
    at.clock.advance(day);
    expect(await at.refusal(cancelManagedKeyDestruction, { id })).toBe('NOT_PENDING_DESTRUCTION');
  });

  test('the HSM forgets the key before the answer leaves', async () => {
    const forgotten: string[] = [];
    const { hsm } = at.estate;
    const estate = { ...at.estate, hsm: { ...hsm, forget: async (ids: readonly string[]) => void forgotten.push(...ids) } };
    for (const operation of [deactivateManagedKey, compromiseManagedKey, destroyManagedKey] as const) {
      const { id } = await at.make();
      await perform(estate, at.admin, operation, { id });
      expect(forgotten.splice(0)).toEqual([id]);
    }
  });

  test('what follows a commit cannot undo it', async () => {
    const lines: string[] = [];
    const { hsm, log } = at.estate;
    const forget = () => Promise.reject(new EstateError('CRYPTO_FAILED'));
    const estate = {
      ...at.estate,
      hsm: { ...hsm, forget },
      log: { ...log, error: (_: object, message: string) => void lines.push(message) },
    };
    const { id } = await at.make();
    expect(await perform(estate, at.admin, deactivateManagedKey, { id })).toMatchObject({ state: 'DEACTIVATED' });
    expect(await perform(estate, at.admin, activateManagedKey, { id }, { dryRun: true })).toMatchObject({ state: 'ACTIVE' });
    expect(lines).toEqual(['what follows a committed change failed']);
  });

  test('an estate made in one run is destroyed in one run, with the waits of production', async () => {
    const policy = { destroyWaitSeconds: 4 * 3600, rotationWaitSeconds: 3600, pendingDestructionSeconds: 30 * day };
    const production = await keyEstate({ policy });
    try {
      const keys = [await production.make(), await production.make({ initialState: 'PRE_ACTIVATION' })];
      for (const { id } of keys) await production.run(destroyManagedKey, { id });
      const { estate, template, vaultId } = production;
      await production.run(deleteKeystore, { id: production.ring.id });
      await estate.store.write(async (tx) => void (await tx.update('keyTemplate', { ...template, state: 'ARCHIVED' })));
      await production.run(deleteVault, { id: vaultId });
      expect((await estate.store.read.get('vault', vaultId))?.state).toBe('RETIRED');
      production.clock.advance(31 * day);
      expect(await scheduler(estate).runDue()).toBe(1);
      expect(await production.blobs()).toBe(0);
    } finally {
      await production.close();
    }
  });
});

describe('a destruction cancelled after all around the key was deleted', () => {
  const remove = async () => {
    await at.run(deleteKeystore, { id: at.ring.id });
    await at.run(deleteKeyTemplate, { id: at.template.id });
    await at.run(deleteVault, { id: at.vaultId });
  };
  const states = async () => {
    const { read } = at.estate.store;
    const found = [
      await read.get('vault', at.vaultId),
      await read.get('keyTemplate', at.template.id),
      await read.get('keystore', at.ring.id),
    ];
    return found.map((one) => one?.state);
  };

  test('brings vault, template and keystore back, for whoever may cancel it', async () => {
    const [kept, doomed] = [await at.make(), await at.make()];
    const keeper = await at.callOf(['VaultAdministrator'], { kind: 'VAULT', id: at.vaultId });
    for (const { id } of [kept, doomed]) await at.run(destroyManagedKey, { id });
    await remove();
    expect(await states()).toEqual(['RETIRED', 'RETIRED', 'RETIRED']);
    expect(await at.run(managedKey, { id: kept.id }, {}, keeper)).toMatchObject({ id: kept.id });
    await at.run(cancelManagedKeyDestruction, { id: kept.id }, { dryRun: true }, keeper);
    expect(await states()).toEqual(['RETIRED', 'RETIRED', 'RETIRED']);

    await at.run(cancelManagedKeyDestruction, { id: kept.id }, {}, keeper);
    expect(await states()).toEqual(['ACTIVE', 'UNARCHIVED', 'ACTIVE']);
    expect((await at.audit()).at(-1)?.event).toMatchObject({
      action: 'managed-key.cancel-destruction',
      details: {
        revived: [
          { kind: 'vault', id: at.vaultId, name: 'payments' },
          { kind: 'key-template', id: at.template.id, name: 'plain' },
          { kind: 'keystore', id: at.ring.id, name: 'ring' },
        ],
      },
    });
    at.clock.advance(day);
    await scheduler(at.estate).runDue();
    expect(await at.key(doomed.id)).toMatchObject({ state: 'DESTROYED' });
    expect(await at.run(activateManagedKey, { id: kept.id })).toMatchObject({ state: 'ACTIVE' });
    expect(await states()).toEqual(['ACTIVE', 'UNARCHIVED', 'ACTIVE']);
    expect(await at.refusal(deleteVault, { id: at.vaultId })).toBe('VAULT_NOT_EMPTY');
  });

  test('leaves an archived template archived, and deletes again what it brought back', async () => {
    const { id } = await at.make();
    await at.run(destroyManagedKey, { id });
    await at.run(archiveKeyTemplate, { id: at.template.id });
    await remove();
    await at.run(cancelManagedKeyDestruction, { id });
    expect(await states()).toEqual(['ACTIVE', 'ARCHIVED', 'ACTIVE']);
    await at.run(destroyManagedKey, { id });
    await remove();
    expect(await states()).toEqual(['RETIRED', 'RETIRED', 'RETIRED']);
  });

  test('is refused, and nothing comes back, while a name is taken', async () => {
    const { id } = await at.make();
    await at.run(destroyManagedKey, { id });
    const cancel = () => at.run(cancelManagedKeyDestruction, { id });
    await at.run(deleteKeystore, { id: at.ring.id });
    const ring = await at.run(createKeystore, { vaultId: at.vaultId, type: 'internal', name: 'ring' });
    await expect(cancel()).rejects.toMatchObject({ code: 'NAME_TAKEN', details: { kind: 'keystore', id: at.ring.id } });
    await at.run(deleteKeystore, { id: ring.id });
    await at.run(deleteKeyTemplate, { id: at.template.id });
    const template = await at.makeTemplate();
    await expect(cancel()).rejects.toMatchObject({ code: 'NAME_TAKEN', details: { kind: 'key-template', id: at.template.id } });
    await at.run(deleteKeyTemplate, { id: template.id });
    await at.run(deleteVault, { id: at.vaultId });
    const vault = await at.run(createVault, { name: 'payments' });
    await expect(cancel()).rejects.toMatchObject({ code: 'NAME_TAKEN', details: { kind: 'vault', id: at.vaultId } });
    expect(await states()).toEqual(['RETIRED', 'RETIRED', 'RETIRED']);
    expect((await at.key(id)).destroyAt).not.toBeNull();
    await at.run(deleteVault, { id: vault.id });
    await cancel();
    expect(await states()).toEqual(['ACTIVE', 'UNARCHIVED', 'ACTIVE']);
  });

  test('leaves a keystore that had been taken away from the key before', async () => {
    const { id } = await at.make();
    await at.run(deleteKeystore, { id: at.ring.id, mode: 'DESTROY' });
    await at.run(destroyManagedKey, { id });
    await at.run(cancelManagedKeyDestruction, { id });
    expect(await states()).toEqual(['ACTIVE', 'UNARCHIVED', 'RETIRED']);
  });
});

describe('removal', () => {
  test('waits until no keystore holds a copy any more', async () => {
    const hasty = await keyEstate();
    try {
      const { id } = await hasty.make();
      await hasty.run(destroyManagedKey, { id });
      expect(await hasty.refusal(removeManagedKey, { id })).toBe('KEY_STATE_FORBIDS');
      const [instance] = await hasty.instances(id);
      await hasty.estate.store.write((tx) => tx.observe('keyInstance', instance?.id ?? '', { status: 'NOT_PRESENT', nextAttemptAt: null }));
      await hasty.run(removeManagedKey, { id });
      for (const noun of ['managedKey', 'keyVersion', 'keyInstance'] as const)
        expect(await hasty.estate.store.read.count(noun, {})).toBe(0);
    } finally {
      await hasty.close();
    }
  });
});

test('a key that waits for its import cannot be activated', async () => {
  const input = { vaultId: at.vaultId, templateId: at.template.id, label: 'empty' };
  const { managedKey } = await at.run(createManagedKeyImport, input);
  expect(await at.refusal(activateManagedKey, { id: managedKey.id })).toBe('KEY_VERSION_STATE_FORBIDS');
  expect((await at.key(managedKey.id)).state).toBe('PRE_ACTIVATION');
});
