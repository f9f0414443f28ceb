/** S1: who may give rights gives no right that it does not hold itself, by whichever way. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Call } from '../../src/services/call.js';
import { createApiKey } from '../../src/services/iam/create-api-key.js';
import { createPrincipal } from '../../src/services/iam/create-principal.js';
import { createRole } from '../../src/services/iam/create-role.js';
import { createRoleBinding } from '../../src/services/iam/create-role-binding.js';
import { updateRole } from '../../src/services/iam/update-role.js';
import { perform } from '../../src/services/perform.js';
import { createVault } from '../../src/services/vaults/create.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';

const instanceScope = { kind: 'INSTANCE' };
const forbidden = { code: 'FORBIDDEN', details: {} };
let at: TestEstate;
let giver: Call;
let giverRole: string;
let vaultId: string;

/** The giver may give roles, read vaults everywhere, and administer one vault. */
beforeEach(async () => {
  at = await testEstate();
  vaultId = (await perform(at.estate, at.admin, createVault, { name: 'own' })).id;
  const role = await perform(at.estate, at.admin, createRole, { name: 'giver', actions: ['iam.write', 'vaults.read'] });
  giverRole = role.id;
  giver = await at.callOf([role.id]);
  const scope = { kind: 'VAULT', id: vaultId };
  await perform(at.estate, at.admin, createRoleBinding, { principalId: giver.principal.id, roleId: 'VaultAdministrator', scope });
});
afterEach(() => at.close());

const bind = (roleId: string, scope: object, call = giver, principalId = giver.principal.id) =>
  perform(at.estate, call, createRoleBinding, { principalId, roleId, scope });

describe('S1: rights that one does not hold', () => {
  test('are not bound, to oneself or another, on the instance or in another vault', async () => {
    const other = await perform(at.estate, giver, createPrincipal, { kind: 'USER', name: 'other' });
    const foreign = await perform(at.estate, at.admin, createVault, { name: 'foreign' });
    for (const principalId of [giver.principal.id, other.id]) {
      for (const roleId of ['InstanceAdministrator', 'Reader', 'KeyUser']) {
        await expect(bind(roleId, instanceScope, giver, principalId)).rejects.toMatchObject(forbidden);
      }
      await expect(bind('VaultAdministrator', { kind: 'VAULT', id: foreign.id }, giver, principalId)).rejects.toMatchObject(forbidden);
      await expect(bind('KeyUser', { kind: 'VAULT', id: vaultId }, giver, principalId)).rejects.toMatchObject(forbidden);
    }
    expect((await at.audit()).at(-1)?.event).toMatchObject({ action: 'role-binding.create', reason: { type: 'FORBIDDEN' } });
    await bind('VaultAdministrator', { kind: 'VAULT', id: vaultId }, giver, other.id);
    await bind(giverRole, instanceScope, giver, other.id);
  });

  test('are not put into a role, new or old', async () => {
    const actions = ['vaults.read', 'managed-keys.decrypt'];
    await expect(perform(at.estate, giver, createRole, { name: 'more', actions })).rejects.toMatchObject(forbidden);
    const update = (fields: object) => perform(at.estate, giver, updateRole, { id: giverRole, ...fields });
    await expect(update({ actions: ['iam.write', 'vaults.read', 'hsm.operate'] })).rejects.toMatchObject(forbidden);
    // Held in one vault is not held everywhere, where a role may come to be bound.
    await expect(update({ actions: ['iam.write', 'vaults.read', 'vaults.write'] })).rejects.toMatchObject(forbidden);
    await update({ description: 'gives', actions: ['iam.write'] });
    await perform(at.estate, giver, createRole, { name: 'less', actions: ['iam.write'] });
  });

  test('a role of others keeps what the giver lacks, and can lose it', async () => {
    const { id } = await perform(at.estate, at.admin, createRole, {
      name: 'users',
      actions: ['managed-keys.encrypt', 'managed-keys.sign'],
    });
    expect((await perform(at.estate, giver, updateRole, { id, actions: ['managed-keys.sign', 'vaults.read'] })).actions).toHaveLength(2);
  });

  test('are not taken on by an API key of a mightier principal', async () => {
    const key = (principalId: string, call = giver) => perform(at.estate, call, createApiKey, { principalId, name: 'k' });
    await expect(key(at.admin.principal.id)).rejects.toMatchObject(forbidden);
    const keyUser = await at.callOf(['KeyUser'], { kind: 'VAULT', id: vaultId });
    await expect(key(keyUser.principal.id)).rejects.toMatchObject(forbidden);
    const reader = await at.callOf(['Reader'], { kind: 'VAULT', id: vaultId });
    expect((await key(reader.principal.id)).token).not.toBeNull();
    expect((await key(giver.principal.id)).token).not.toBeNull();
    expect((await key(giver.principal.id, at.admin)).token).not.toBeNull();
  });
});
