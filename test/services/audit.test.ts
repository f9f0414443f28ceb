import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyConsistency, verifyInclusion } from '../../src/domain/audit-log.js';
import { openCheckpoint, parseVerifierKey } from '../../src/domain/checkpoint.js';
import { auditCheckpoint } from '../../src/services/audit/checkpoint.js';
import { auditEvents } from '../../src/services/audit/events.js';
import { auditConsistencyProof, auditInclusionProof } from '../../src/services/audit/proofs.js';
import { perform } from '../../src/services/perform.js';
import { createVault } from '../../src/services/vaults/create.js';
import { updateVault } from '../../src/services/vaults/update.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';

let at: TestEstate;
let vaultId: string;
beforeEach(async () => {
  at = await testEstate();
  vaultId = (await perform(at.estate, at.admin, createVault, { name: 'payments' })).id;
  await perform(at.estate, at.admin, createVault, { name: 'loans' });
});
afterEach(async () => {
  await at.close();
});

describe('S16: proofs', () => {
  test('a checkpoint verifies with the public key alone, and later ones continue it', async () => {
    const first = await perform(at.estate, at.admin, auditCheckpoint, {});
    for (const description of ['a', 'b', 'c']) await perform(at.estate, at.admin, updateVault, { id: vaultId, description });
    const second = await perform(at.estate, at.admin, auditCheckpoint, {});
    const key = parseVerifierKey(first.verifierKey);
    expect(second.verifierKey).toBe(first.verifierKey);
    expect(openCheckpoint(first.note, key)).toEqual({ origin: `kyok/${at.estate.instanceId}`, size: first.size, root: first.root });
    expect(() => openCheckpoint(second.note.replace(`\n${second.size}\n`, `\n${second.size + 1}\n`), key)).toThrow('checkpoint');

    const consistency = await perform(at.estate, at.admin, auditConsistencyProof, { first: first.size, second: second.size });
    expect(consistency).toMatchObject({ firstRoot: first.root, secondRoot: second.root });
    expect(verifyConsistency(consistency)).toBe(true);
    expect(verifyConsistency({ ...consistency, firstRoot: second.root })).toBe(false);
  });

  test('every event is proven to be in it, and no other', async () => {
    const { size, root } = await perform(at.estate, at.admin, auditCheckpoint, {});
    const records = await at.audit();
    for (let index = 0; index < size; index += 1) {
      const proof = await perform(at.estate, at.admin, auditInclusionProof, { index, size });
      expect(proof.root).toEqual(root);
      expect(proof.leafHash).toEqual(records[index]?.leafHash);
      expect(verifyInclusion(proof)).toBe(true);
      expect(verifyInclusion({ ...proof, index: (index + 1) % size })).toBe(false);
    }
  });

  test('sizes and indexes beyond the log are refused', async () => {
    const refused = { code: 'AUDIT_EVENT_NOT_FOUND' };
    await expect(perform(at.estate, at.admin, auditInclusionProof, { index: 1e6 })).rejects.toMatchObject(refused);
    await expect(perform(at.estate, at.admin, auditInclusionProof, { index: 2, size: 2 })).rejects.toMatchObject(refused);
    await expect(perform(at.estate, at.admin, auditInclusionProof, { index: 0, size: 1e6 })).rejects.toMatchObject(refused);
    await expect(perform(at.estate, at.admin, auditConsistencyProof, { first: 2, second: 1 })).rejects.toMatchObject(refused);
    await expect(perform(at.estate, at.admin, auditConsistencyProof, { first: -1 })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });
});

describe('auditEvents', () => {
  const list = async (input: object, call = at.admin) => {
    const { items, hasNext } = await perform(at.estate, call, auditEvents, input);
    return { what: items.map(({ event }) => `${event.action} ${event.target.name}`), indexes: items.map(({ index }) => index), hasNext };
  };

  test('newest first, or as they came, a page at a time', async () => {
    expect((await list({ first: 2 })).what).toEqual(['vault.create loans', 'vault.create payments']);
    const first = await list({ first: 1, ascending: true });
    expect(first).toEqual({ what: ['vault.create payments'], indexes: [0], hasNext: true });
    expect((await list({ first: 1, ascending: true, after: 0 })).what).toEqual(['vault.create loans']);
  });

  test('filters', async () => {
    expect((await list({ filter: { actionPrefix: 'vault.', vaultIds: [vaultId] } })).what).toEqual(['vault.create payments']);
    expect((await list({ filter: { outcome: 'FAILURE' } })).what).toEqual([]);
    expect((await list({ filter: { principalId: 'nobody' } })).what).toEqual([]);
    expect((await list({ filter: { to: '2029-12-31T00:00:00.000Z' } })).what).toEqual([]);
    await expect(list({ filter: { colour: 'red' } })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('an auditor of one vault sees what happened there only', async () => {
    const auditor = await at.callOf(['Auditor'], { kind: 'VAULT', id: vaultId });
    expect((await list({}, auditor)).what).toEqual(['vault.create payments']);
    const reader = await at.callOf(['Reader']);
    await expect(list({}, reader)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});
