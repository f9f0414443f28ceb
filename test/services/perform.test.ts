import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EstateError } from '../../src/domain/errors.js';
import { perform } from '../../src/services/perform.js';
import { createVault } from '../../src/services/vaults/create.js';
import { deleteVault } from '../../src/services/vaults/delete.js';
import { vault } from '../../src/services/vaults/get.js';
import { updateVault } from '../../src/services/vaults/update.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';

const nobody = '00000000-0000-4000-8000-00000000dead';

let at: TestEstate;
beforeEach(async () => {
  at = await testEstate();
});
afterEach(async () => {
  await at.close();
});

async function lastEvent() {
  return (await at.audit()).at(-1)?.event;
}

describe('authorisation', () => {
  test('who may not read is told nothing about existence', async () => {
    const { id } = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const stranger = await at.callOf([]);
    for (const asked of [id, nobody]) {
      await expect(perform(at.estate, stranger, vault, { id: asked })).rejects.toMatchObject({ code: 'FORBIDDEN', details: {} });
    }
  });

  test('a role on another vault gives nothing, and missing vaults look like foreign ones', async () => {
    const own = await perform(at.estate, at.admin, createVault, { name: 'own' });
    const foreign = await perform(at.estate, at.admin, createVault, { name: 'foreign' });
    const keeper = await at.callOf(['VaultAdministrator'], { kind: 'VAULT', id: own.id });
    await perform(at.estate, keeper, updateVault, { id: own.id, description: 'mine' });
    for (const id of [foreign.id, nobody]) {
      await expect(perform(at.estate, keeper, updateVault, { id, description: 'mine too' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    await expect(perform(at.estate, keeper, createVault, { name: 'third' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('who sees the whole instance learns that there is no such vault', async () => {
    await expect(perform(at.estate, at.admin, vault, { id: nobody })).rejects.toMatchObject({ code: 'VAULT_NOT_FOUND' });
  });

  test('a refusal is audited with the caller and the target', async () => {
    const { id } = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const stranger = await at.callOf([]);
    await expect(perform(at.estate, stranger, deleteVault, { id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await lastEvent()).toMatchObject({
      action: 'vault.delete',
      outcome: 'FAILURE',
      reason: { code: 403, type: 'FORBIDDEN' },
      initiator: { principalId: stranger.principal.id },
      details: { input: { id } },
    });
  });
});

describe('input', () => {
  test('unknown fields and bad values are refused without repeating a value', async () => {
    const error = await perform(at.estate, at.admin, createVault, { name: '  s3cret', colour: 'red' }).catch(
      (thrown: EstateError) => thrown,
    );
    expect(error).toMatchObject({ code: 'INPUT_INVALID' });
    expect(JSON.stringify((error as EstateError).details)).not.toContain('s3cret');
    expect(await lastEvent()).toMatchObject({ action: 'vault.create', outcome: 'FAILURE', reason: { type: 'INPUT_INVALID' }, details: {} });
  });
});

describe('revisions', () => {
  test('a stale revision is refused and tells the present one', async () => {
    const made = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const second = await perform(at.estate, at.admin, updateVault, { id: made.id, revision: 1, description: 'a' });
    expect(second.revision).toBe(2);
    await expect(perform(at.estate, at.admin, updateVault, { id: made.id, revision: 1, description: 'b' })).rejects.toMatchObject({
      code: 'STALE_VERSION',
      details: { revision: 2 },
    });
  });

  test('of many changes that name one revision, one wins', async () => {
    const { id } = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const changes = Array.from({ length: 20 }, (_, n) =>
      perform(at.estate, at.admin, updateVault, { id, revision: 1, description: `${n}` }),
    );
    const results = await Promise.allSettled(changes);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'STALE_VERSION' });
  });

  test('changes that name none are done one after the other', async () => {
    const { id } = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    await Promise.all([1, 2, 3].map((n) => perform(at.estate, at.admin, updateVault, { id, description: `${n}` })));
    expect((await perform(at.estate, at.admin, vault, { id })).revision).toBe(4);
  });
});

describe('client tokens', () => {
  test('the same token with the same input answers the first result', async () => {
    const options = { clientToken: 'token-1' };
    const first = await perform(at.estate, at.admin, createVault, { name: 'payments' }, options);
    const second = await perform(at.estate, at.admin, createVault, { name: 'payments' }, options);
    expect(second).toEqual(first);
    expect(await lastEvent()).toMatchObject({ action: 'vault.create', outcome: 'SUCCESS', details: { repeated: true } });
  });

  test('with other input it is refused', async () => {
    const options = { clientToken: 'token-1' };
    await perform(at.estate, at.admin, createVault, { name: 'payments' }, options);
    await expect(perform(at.estate, at.admin, createVault, { name: 'loans' }, options)).rejects.toMatchObject({
      code: 'CLIENT_TOKEN_REUSED',
    });
  });

  test('it belongs to its caller', async () => {
    const options = { clientToken: 'token-1' };
    await perform(at.estate, at.admin, createVault, { name: 'payments' }, options);
    const other = await at.callOf(['VaultAdministrator']);
    await expect(perform(at.estate, other, createVault, { name: 'payments' }, options)).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });

  test('many at once make one vault', async () => {
    const create = () => perform(at.estate, at.admin, createVault, { name: 'payments' }, { clientToken: 'token-1' });
    const made = await Promise.all(Array.from({ length: 5 }, create));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });

  test('operations that create nothing take none', async () => {
    const { id } = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const update = perform(at.estate, at.admin, updateVault, { id, description: 'a' }, { clientToken: 'token-1' });
    await expect(update).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

describe('dry run', () => {
  test('shows what would be and leaves nothing but its event', async () => {
    const before = await at.audit();
    const shown = await perform(at.estate, at.admin, createVault, { name: 'payments' }, { dryRun: true, clientToken: 'token-1' });
    expect(shown).toMatchObject({ name: 'payments', state: 'ACTIVE' });
    expect(await at.estate.store.read.count('vault', {})).toBe(0);
    expect(await at.estate.store.read.count('clientToken', {})).toBe(0);
    const after = await at.audit();
    expect(after).toHaveLength(before.length + 1);
    expect(after.at(-1)?.event).toMatchObject({ action: 'vault.create', outcome: 'SUCCESS', dryRun: true });
  });

  test('is refused like the real thing', async () => {
    await perform(at.estate, at.admin, createVault, { name: 'payments' });
    const again = perform(at.estate, at.admin, createVault, { name: 'payments' }, { dryRun: true });
    await expect(again).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });
});

describe('S15: the audit log cannot be written', () => {
  test('nothing is changed and nothing is answered', async () => {
    const { EstateError } = await import('../../src/domain/errors.js');
    const refuse = () => Promise.reject(new EstateError('AUDIT_UNAVAILABLE'));
    let isBroken = false;
    const broken = await testEstate({
      aroundStore: (store) => ({
        ...store,
        audit: { ...store.audit, append: (event) => (isBroken ? refuse() : store.audit.append(event)) },
        write: (work, options) => store.write((tx) => work(isBroken ? { ...tx, appendAudit: refuse } : tx), options),
      }),
    });
    const { id } = await perform(broken.estate, broken.admin, createVault, { name: 'payments' });
    isBroken = true;
    await expect(perform(broken.estate, broken.admin, createVault, { name: 'loans' })).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    await expect(perform(broken.estate, broken.admin, vault, { id })).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    isBroken = false;
    expect(await broken.estate.store.read.count('vault', {})).toBe(1);
    await broken.close();
  });
});
