import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Call } from '../../src/services/call.js';
import { authenticatedCall } from '../../src/services/iam/authenticate.js';
import { createApiKey } from '../../src/services/iam/create-api-key.js';
import { deleteRoleBinding } from '../../src/services/iam/delete-role-binding.js';
import { revokeApiKey } from '../../src/services/iam/revoke-api-key.js';
import { createKeystore } from '../../src/services/keystores/create.js';
import { perform } from '../../src/services/perform.js';
import { createVault } from '../../src/services/vaults/create.js';
import { maxWaitingBatches } from '../../src/services/watch/subscription.js';
import { watch } from '../../src/services/watch.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';
import { storedInstance, storedKey, storedTemplate } from '../fakes/stored-key.js';

let at: TestEstate;
let vaultId: string;
let templateId: string;
beforeEach(async () => {
  at = await testEstate();
  vaultId = (await perform(at.estate, at.admin, createVault, { name: 'payments' })).id;
  templateId = (await storedTemplate(at.estate, vaultId)).id;
});
afterEach(async () => {
  await at.close();
});

/** A stream that listens already. */
async function keys(call: Call = at.admin, filter: object = {}) {
  return (await watch(at.estate, call, 'managedKeyChanged', filter))[Symbol.asyncIterator]();
}

async function withKey(roles: readonly string[]) {
  const call = await at.callOf(roles);
  const { token, apiKey } = await perform(at.estate, at.admin, createApiKey, { principalId: call.principal.id, name: 'k' });
  const asked = { token: token ?? '', face: 'test', address: null, requestId: 'r' };
  return { call: await authenticatedCall(at.estate, asked), apiKey };
}

describe('managedKeyChanged', () => {
  test('tells of keys made, changed and removed, once a commit', async () => {
    const stream = await keys();
    const key = await storedKey(at.estate, vaultId, templateId);
    expect((await stream.next()).value).toEqual({ kind: 'CREATED', managedKeyId: key.id, vaultId, managedKey: key });
    const ring = await perform(at.estate, at.admin, createKeystore, { vaultId, type: 'internal', name: 'ring' });
    const instance = await storedInstance(at.estate, key, ring.id);
    expect((await stream.next()).value).toMatchObject({ kind: 'UPDATED', managedKeyId: key.id });
    await at.estate.store.write((tx) => tx.observe('keyInstance', instance.id, { status: 'NOT_ACTIVE' }));
    expect((await stream.next()).value).toMatchObject({ kind: 'UPDATED', managedKeyId: key.id });
    await at.estate.store.write(async (tx) => {
      await tx.delete('keyInstance', instance.id);
      await tx.delete('managedKey', key.id);
    });
    expect((await stream.next()).value).toMatchObject({ kind: 'REMOVED', managedKeyId: key.id, managedKey: null });
    await stream.return?.();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  test('shows only what the caller may read and asked for', async () => {
    const other = await perform(at.estate, at.admin, createVault, { name: 'loans' });
    const reader = await at.callOf(['Reader'], { kind: 'VAULT', id: other.id });
    const stream = await keys(reader);
    const narrow = await keys(at.admin, { vaultIds: [other.id] });
    await storedKey(at.estate, vaultId, templateId);
    const visible = await storedKey(at.estate, other.id, templateId);
    expect((await stream.next()).value).toMatchObject({ managedKeyId: visible.id });
    expect((await narrow.next()).value).toMatchObject({ managedKeyId: visible.id });
    await stream.return?.();
    await narrow.return?.();
  });

  test('needs the right, and is audited', async () => {
    const stranger = await at.callOf(['Auditor']);
    await expect(watch(at.estate, stranger, 'managedKeyChanged')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await keys();
    expect((await at.audit()).at(-1)?.event).toMatchObject({ action: 'managed-key.watch', outcome: 'SUCCESS' });
  });

  test('S5: a revoked API key ends it at once, also while it waits', async () => {
    const { call, apiKey } = await withKey(['Reader']);
    const waiting = (await keys(call)).next();
    await perform(at.estate, at.admin, revokeApiKey, { id: apiKey.id });
    await expect(waiting).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('S5: an API key that expires shows nothing more', async () => {
    const call = await at.callOf(['Reader']);
    const expiresAt = '2030-01-01T00:01:00.000Z';
    const { apiKey } = await perform(at.estate, at.admin, createApiKey, { principalId: call.principal.id, name: 'k', expiresAt });
    const stream = await keys({ ...call, credentialId: apiKey.id });
    await storedKey(at.estate, vaultId, templateId);
    await stream.next();
    at.clock.advance(60);
    await storedKey(at.estate, vaultId, templateId);
    await expect(stream.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('S5: a role that is taken ends it', async () => {
    const call = await at.callOf(['Reader']);
    const waiting = (await keys(call)).next();
    const [binding] = await at.estate.store.read.find('roleBinding', { principalId: { eq: call.principal.id } });
    await perform(at.estate, at.admin, deleteRoleBinding, { id: binding?.id });
    await expect(waiting).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('who falls too far behind is dropped', async () => {
    const stream = await keys();
    const key = await storedKey(at.estate, vaultId, templateId);
    for (let n = 0; n <= maxWaitingBatches; n += 1) {
      await at.estate.store.write((tx) => tx.observe('managedKey', key.id, { nextRotationAt: null }));
    }
    await expect(stream.next()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  }, 60_000);
});

describe('auditEventAdded', () => {
  test('tells of events as they become durable, by filter and right', async () => {
    const auditor = await at.callOf(['Auditor'], { kind: 'VAULT', id: vaultId });
    const all = (await watch(at.estate, at.admin, 'auditEventAdded', { actionPrefix: 'vault.' }))[Symbol.asyncIterator]();
    const own = (await watch(at.estate, auditor, 'auditEventAdded'))[Symbol.asyncIterator]();
    await perform(at.estate, at.admin, createVault, { name: 'loans' });
    expect((await all.next()).value).toMatchObject({ event: { action: 'vault.create', target: { name: 'loans' } } });
    const { updateVault } = await import('../../src/services/vaults/update.js');
    await perform(at.estate, at.admin, updateVault, { id: vaultId, description: 'x' });
    expect((await own.next()).value).toMatchObject({ event: { action: 'vault.update', target: { id: vaultId } } });
    await all.return?.();
    await own.return?.();
  });
});
