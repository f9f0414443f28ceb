import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import { authenticate, authenticatedCall } from '../../src/services/iam/authenticate.js';
import { createApiKey } from '../../src/services/iam/create-api-key.js';
import { createPrincipal } from '../../src/services/iam/create-principal.js';
import { createRole } from '../../src/services/iam/create-role.js';
import { createRoleBinding } from '../../src/services/iam/create-role-binding.js';
import { deletePrincipal } from '../../src/services/iam/delete-principal.js';
import { deleteRole } from '../../src/services/iam/delete-role.js';
import { deleteRoleBinding } from '../../src/services/iam/delete-role-binding.js';
import { createFirstAdministrator, resetAdministrator } from '../../src/services/iam/first-administrator.js';
import { apiKeys, principals, roleBindings, roles } from '../../src/services/iam/list.js';
import { revokeApiKey } from '../../src/services/iam/revoke-api-key.js';
import { tokenOf } from '../../src/services/iam/token.js';
import { updatePrincipal } from '../../src/services/iam/update-principal.js';
import { updateRole } from '../../src/services/iam/update-role.js';
import { perform } from '../../src/services/perform.js';
import { createVault } from '../../src/services/vaults/create.js';
import { vault } from '../../src/services/vaults/get.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';

let at: TestEstate;
beforeEach(async () => {
  at = await testEstate();
});
afterEach(async () => {
  await at.close();
});

const instanceScope = { kind: 'INSTANCE' };
const shown = (token: string | undefined) => ({ token, face: 'test', address: '192.0.2.1', requestId: 'r-1' });
const makePrincipal = (name: string, fields: object = {}) =>
  perform(at.estate, at.admin, createPrincipal, { kind: 'SERVICE', name, ...fields });
const makeKey = (principalId: string, fields: object = {}) =>
  perform(at.estate, at.admin, createApiKey, { principalId, name: 'laptop', ...fields });
const bind = (principalId: string, roleId: string, scope: object = instanceScope) =>
  perform(at.estate, at.admin, createRoleBinding, { principalId, roleId, scope });

describe('authenticate', () => {
  test('knows the principal of a token, also when sealed', async () => {
    const principal = await makePrincipal('robot');
    const { token, apiKey } = await makeKey(principal.id);
    expect(token).toMatch(/^kyok_[A-Za-z0-9_-]{43}$/);
    const found = await authenticate(at.estate, shown(token ?? ''));
    expect(found).toEqual({ principal, credentialId: apiKey.id });
    expect(await authenticatedCall(at.estate, shown(token ?? ''))).toMatchObject({
      principal,
      credentialId: apiKey.id,
      address: '192.0.2.1',
    });
  });

  test('a secret of the caller is accepted and not sent back', async () => {
    const principal = await makePrincipal('robot');
    const secret = Uint8Array.from({ length: 32 }, (_, n) => 255 - n);
    expect(await makeKey(principal.id, { secret })).toMatchObject({ token: null });
    expect((await authenticate(at.estate, shown(tokenOf(secret)))).principal.id).toBe(principal.id);
    await expect(makeKey(principal.id, { secret })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(makeKey(principal.id, { secret: secret.slice(1) })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('whatever is wrong, the refusal is the same, and audited when something was shown', async () => {
    const principal = await makePrincipal('robot');
    const revoked = await makeKey(principal.id);
    await perform(at.estate, at.admin, revokeApiKey, { id: revoked.apiKey.id });
    const expiring = await makeKey(principal.id, { expiresAt: '2030-01-01T00:01:00.000Z' });
    const orphan = await makePrincipal('orphan');
    const orphanKey = await makeKey(orphan.id);
    await perform(at.estate, at.admin, deletePrincipal, { id: orphan.id });
    at.clock.advance(60);
    const before = (await at.audit()).length;
    const wrong = [revoked.token, expiring.token, orphanKey.token, tokenOf(new Uint8Array(32)), 'kyok_short', 'Bearer x', ''];
    for (const token of wrong) {
      const error: unknown = await authenticate(at.estate, shown(token ?? '')).catch((thrown: unknown) => thrown);
      expect(error).toEqual(new EstateError('UNAUTHENTICATED'));
    }
    await expect(authenticate(at.estate, shown(undefined))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const events = (await at.audit()).slice(before).map(({ event }) => event);
    expect(events).toHaveLength(wrong.length);
    for (const event of events) expect(event).toMatchObject({ action: 'iam.authenticate', outcome: 'FAILURE', severity: 'CRITICAL' });
    expect(events[0]?.target.id).toBe(revoked.apiKey.id);
    expect(JSON.stringify(events)).not.toContain((revoked.token ?? '').slice(5));
  });

  test('nobody signs in as the server itself', async () => {
    const principal = await makePrincipal('robot');
    const { token } = await makeKey(principal.id);
    await at.estate.store.write((tx) => tx.update('principal', { ...principal, kind: 'SYSTEM' }));
    await expect(authenticate(at.estate, shown(token ?? ''))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('S7: neither store nor audit log holds a secret', async () => {
    const principal = await makePrincipal('robot');
    const { token } = await makeKey(principal.id);
    const secret = Uint8Array.from({ length: 32 }, (_, n) => n + 1);
    await makeKey(principal.id, { secret });
    const { token: revoked, apiKey } = await makeKey(principal.id);
    await perform(at.estate, at.admin, revokeApiKey, { id: apiKey.id });
    for (const refused of [revoked ?? '', `${token}x`]) await expect(authenticate(at.estate, shown(refused))).rejects.toThrow();
    const kept = JSON.stringify([await at.audit(), await at.estate.store.read.find('apiKey', {})]);
    expect(kept).not.toContain((token ?? '').slice(5));
    expect(kept).not.toContain((revoked ?? '').slice(5));
    expect(kept).not.toContain(tokenOf(secret).slice(5));
    expect(kept).not.toContain(Buffer.from(secret).toString('hex'));
  });
});

describe('API keys', () => {
  test('a repeat by client token does not show the token again', async () => {
    const principal = await makePrincipal('robot');
    const create = () => perform(at.estate, at.admin, createApiKey, { principalId: principal.id, name: 'laptop' }, { clientToken: 'once' });
    const [first, second] = [await create(), await create()];
    expect(first.token).not.toBeNull();
    expect(second).toEqual({ apiKey: first.apiKey, token: null });
  });

  test('expire in the future', async () => {
    const principal = await makePrincipal('robot');
    await expect(makeKey(principal.id, { expiresAt: at.clock.now() })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(makeKey(principal.id, { expiresAt: '2031-01-01' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('are listed with their fate', async () => {
    const principal = await makePrincipal('robot');
    const { apiKey } = await makeKey(principal.id);
    await perform(at.estate, at.admin, revokeApiKey, { id: apiKey.id });
    const page = await perform(at.estate, at.admin, apiKeys, { filter: { principalIds: [principal.id], revoked: true } });
    expect(page.items.map(({ entity }) => entity.revokedAt)).toEqual([at.clock.now()]);
    const again = await perform(at.estate, at.admin, revokeApiKey, { id: apiKey.id });
    expect(again.revision).toBe(2);
  });
});

describe('principals', () => {
  test('may bring their id, but not one of the server’s', async () => {
    expect(await makePrincipal('moved', { id: 'IBMid-5500' })).toMatchObject({ id: 'IBMid-5500' });
    await expect(makePrincipal('again', { id: 'IBMid-5500' })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(makePrincipal('fake', { id: 'kyok-reconciler' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(makePrincipal('system', { kind: 'SYSTEM' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('names are unique', async () => {
    const principal = await makePrincipal('robot');
    await expect(makePrincipal('robot')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    const renamed = await perform(at.estate, at.admin, updatePrincipal, { id: principal.id, name: 'android' });
    expect(renamed).toMatchObject({ name: 'android', revision: 2 });
    const page = await perform(at.estate, at.admin, principals, { filter: { name: 'droid' } });
    expect(page.items).toHaveLength(1);
  });

  test('are deleted with their keys and roles', async () => {
    const { id } = await makePrincipal('robot');
    await makeKey(id);
    await bind(id, 'Reader');
    await perform(at.estate, at.admin, deletePrincipal, { id });
    const { read } = at.estate.store;
    expect([await read.count('apiKey', {}), await read.count('roleBinding', { principalId: { eq: id } })]).toEqual([0, 0]);
  });
});

describe('roles', () => {
  test('custom ones hold known actions, and change for everybody at once', async () => {
    const made = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const role = await perform(at.estate, at.admin, createRole, { name: 'looker', actions: ['vaults.read'] });
    const call = await at.callOf([role.id], { kind: 'VAULT', id: made.id });
    await perform(at.estate, call, vault, { id: made.id });
    await perform(at.estate, at.admin, updateRole, { id: role.id, actions: ['vaults.list'] });
    await expect(perform(at.estate, call, vault, { id: made.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await perform(at.estate, at.admin, deleteRole, { id: role.id });
    expect(await at.estate.store.read.count('roleBinding', { roleId: { eq: role.id } })).toBe(0);
  });

  test.each([[['vaults.fly']], [[]], [['vaults.read', 'vaults.read']], [['system.act']]])('refuses the actions %j', async (actions) => {
    await expect(perform(at.estate, at.admin, createRole, { name: 'odd', actions })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('names are unique, those of built-in roles included', async () => {
    const create = (name: string) => perform(at.estate, at.admin, createRole, { name, actions: ['vaults.read'] });
    await create('looker');
    for (const name of ['looker', 'Reader']) await expect(create(name)).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  test('are listed, the built-in ones first', async () => {
    await perform(at.estate, at.admin, createRole, { name: 'looker', actions: ['vaults.read'] });
    const all = await perform(at.estate, at.admin, roles, {});
    expect(all.at(-1)).toMatchObject({ name: 'looker', builtIn: false });
    expect(all.map(({ id }) => id)).toContain('InstanceAdministrator');
    expect(await perform(at.estate, at.admin, roles, { filter: { builtIn: false } })).toHaveLength(1);
  });
});

describe('role bindings', () => {
  test('give rights where they say', async () => {
    const made = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const { id } = await makePrincipal('robot');
    const { token } = await makeKey(id);
    const call = await authenticatedCall(at.estate, shown(token ?? ''));
    await expect(perform(at.estate, call, vault, { id: made.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const binding = await bind(id, 'Reader', { kind: 'VAULT', id: made.id });
    await perform(at.estate, call, vault, { id: made.id });
    await perform(at.estate, at.admin, deleteRoleBinding, { id: binding.id });
    await expect(perform(at.estate, call, vault, { id: made.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('need a principal, a role and a scope that exist, and are given once', async () => {
    const { id } = await makePrincipal('robot');
    const unknown = '00000000-0000-4000-8000-00000000dead';
    await expect(bind(unknown, 'Reader')).rejects.toMatchObject({ code: 'PRINCIPAL_NOT_FOUND' });
    await expect(bind(id, 'Writer')).rejects.toMatchObject({ code: 'ROLE_NOT_FOUND' });
    await expect(bind(id, 'Reader', { kind: 'VAULT', id: unknown })).rejects.toMatchObject({ code: 'VAULT_NOT_FOUND' });
    await expect(bind(id, 'Reader', { kind: 'KEY', id: unknown })).rejects.toMatchObject({ code: 'MANAGED_KEY_NOT_FOUND' });
    await expect(bind(id, 'Reader', { kind: 'VAULT' })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    const binding = await bind(id, 'Reader');
    const again = { code: 'ROLE_BINDING_EXISTS', kind: 'already-exists', details: { roleBindingId: binding.id } };
    await expect(bind(id, 'Reader')).rejects.toMatchObject(again);
  });

  test('only administrators of the instance give them: S1 for oneself', async () => {
    const made = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const keeper = await at.callOf(['InstanceAdministrator'], { kind: 'VAULT', id: made.id });
    const scope = { kind: 'VAULT', id: made.id };
    const grant = perform(at.estate, keeper, createRoleBinding, { principalId: keeper.principal.id, roleId: 'KeyUser', scope });
    await expect(grant).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('the last administrator', () => {
  const lastBinding = async () => {
    const page = await perform(at.estate, at.admin, roleBindings, { filter: { roleIds: ['InstanceAdministrator'] } });
    return page.items.map(({ entity }) => entity.id);
  };

  test('cannot be removed, nor lose the role', async () => {
    const [id = ''] = await lastBinding();
    await expect(perform(at.estate, at.admin, deleteRoleBinding, { id })).rejects.toMatchObject({ code: 'LAST_ADMINISTRATOR' });
    const suicide = perform(at.estate, at.admin, deletePrincipal, { id: at.admin.principal.id });
    await expect(suicide).rejects.toMatchObject({ code: 'LAST_ADMINISTRATOR' });
  });

  test('two at once leave one', async () => {
    const second = await at.callOf(['InstanceAdministrator']);
    const results = await Promise.allSettled([
      perform(at.estate, at.admin, deletePrincipal, { id: second.principal.id }),
      perform(at.estate, second, deletePrincipal, { id: at.admin.principal.id }),
    ]);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('keeps an API key to sign in with', async () => {
    const revoke = (id: string) => perform(at.estate, at.admin, revokeApiKey, { id });
    const refused = { code: 'LAST_ADMINISTRATOR' };
    const { apiKey: first } = await makeKey(at.admin.principal.id);
    const { apiKey: robot } = await makeKey((await makePrincipal('robot')).id);
    await revoke(robot.id);
    await expect(revoke(first.id)).rejects.toMatchObject(refused);
    const { apiKey: brief } = await makeKey(at.admin.principal.id, { expiresAt: '2030-01-01T01:00:00.000Z' });
    at.clock.advance(3600);
    await expect(revoke(first.id)).rejects.toMatchObject(refused);
    await revoke(brief.id);
    const { apiKey: second } = await makeKey(at.admin.principal.id);
    expect(await revoke(first.id)).toMatchObject({ revokedAt: at.clock.now() });
    expect(await revoke(first.id)).toMatchObject({ id: first.id });
    await expect(revoke(second.id)).rejects.toMatchObject(refused);
  });

  test('is not succeeded by one who cannot sign in', async () => {
    const successor = await at.callOf(['InstanceAdministrator']);
    await makeKey(at.admin.principal.id);
    const leave = () => perform(at.estate, successor, deletePrincipal, { id: at.admin.principal.id });
    await expect(leave()).rejects.toMatchObject({ code: 'LAST_ADMINISTRATOR' });
    await makeKey(successor.principal.id);
    await leave();
  });

  test('an administrator of one vault does not count', async () => {
    const made = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    await at.callOf(['InstanceAdministrator'], { kind: 'VAULT', id: made.id });
    const [id = ''] = (await at.estate.store.read.find('roleBinding', { principalId: { eq: at.admin.principal.id } })).map((b) => b.id);
    await expect(perform(at.estate, at.admin, deleteRoleBinding, { id })).rejects.toMatchObject({ code: 'LAST_ADMINISTRATOR' });
  });
});

describe('set-up', () => {
  const forget = async () => {
    await at.estate.store.write((tx) => tx.deleteWhere('roleBinding', {}));
  };

  test('the first administrator is made once', async () => {
    expect(await createFirstAdministrator(at.estate)).toBeUndefined();
    await forget();
    const [one, two] = await Promise.all([createFirstAdministrator(at.estate), createFirstAdministrator(at.estate)]);
    expect([one, two].filter((administrator) => administrator !== undefined)).toHaveLength(1);
    const call = await authenticatedCall(at.estate, shown((one ?? two)?.token));
    await perform(at.estate, call, createVault, { name: 'payments' });
    expect((await at.audit()).map(({ event }) => event.action)).toContain('iam.create-first-administrator');
  });

  test('a reset gives a new key and revokes the old ones', async () => {
    const first = await resetAdministrator(at.estate);
    const second = await resetAdministrator(at.estate);
    expect(second.principal.id).toBe(first.principal.id);
    await expect(authenticate(at.estate, shown(first.token))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await authenticate(at.estate, shown(second.token));
    expect((await at.audit()).filter(({ event }) => event.action === 'iam.reset-administrator')).toHaveLength(2);
  });
});
