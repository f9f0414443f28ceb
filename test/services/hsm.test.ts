import { constants, createHash, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import { softHsm } from '../../src/hsm/soft/soft-hsm.js';
import { auditCheckpoint } from '../../src/services/audit/checkpoint.js';
import { activateMasterKey, clearNewMasterKey, commitMasterKey, loadMasterKeyPart } from '../../src/services/hsm/master-key.js';
import { hsm, hsmImporters } from '../../src/services/hsm/status.js';
import { authenticate } from '../../src/services/iam/authenticate.js';
import { createApiKey } from '../../src/services/iam/create-api-key.js';
import { instance } from '../../src/services/instance/get.js';
import { createKeystore } from '../../src/services/keystores/create.js';
import { perform } from '../../src/services/perform.js';
import { createVault } from '../../src/services/vaults/create.js';
import type { Store } from '../../src/store/contract.js';
import { cloudDriver } from '../fakes/cloud-keystore.js';
import { type TestEstate, testEstate } from '../fakes/estate.js';

let at: TestEstate;
let isAuditBroken = false;
const breakableAudit = (store: Store): Store => ({
  ...store,
  audit: {
    ...store.audit,
    append: (event) => (isAuditBroken ? Promise.reject(new EstateError('AUDIT_UNAVAILABLE')) : store.audit.append(event)),
  },
});
beforeEach(async () => {
  at = await testEstate({ hsm: await softHsm({ autoInitialise: false }), drivers: [cloudDriver()], aroundStore: breakableAudit });
});
afterEach(async () => {
  await at.close();
});

const parts = [randomBytes(32), randomBytes(32)] as const;
type Parts = readonly [Buffer, Buffer];
const patternOf = ([first, second]: Parts) => {
  const key = first.map((byte, n) => byte ^ (second[n] ?? 0));
  return new Uint8Array(createHash('sha256').update(Uint8Array.of(1)).update(key).digest());
};
const verificationPattern = patternOf(parts);

async function partFor(part: number, from: Parts = parts) {
  const importers = await perform(at.estate, at.admin, hsmImporters, {});
  const byUnit = importers.map(({ unit, publicKey }) => {
    const importer = createPublicKey({ key: Buffer.from(publicKey), type: 'spki', format: 'der' });
    const oaep = { key: importer, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    return { unit, encrypted: new Uint8Array(publicEncrypt(oaep, from[part - 1] ?? Buffer.alloc(0))) };
  });
  return { part, total: 2, byUnit };
}

async function load(part: number, from: Parts = parts): Promise<unknown> {
  return await perform(at.estate, at.admin, loadMasterKeyPart, await partFor(part, from));
}

describe('a sealed server', () => {
  test('still authenticates, audits and says that it is sealed', async () => {
    const principalId = at.admin.principal.id;
    const { token } = await perform(at.estate, at.admin, createApiKey, { principalId, name: 'k' });
    const shown = { token: token ?? '', face: 'test', address: null, requestId: 'r' };
    expect((await authenticate(at.estate, shown)).principal.id).toBe(principalId);
    expect(await perform(at.estate, at.admin, instance, {})).toMatchObject({
      sealed: true,
      id: at.estate.instanceId,
      profile: 'development',
    });
    expect(await perform(at.estate, at.admin, hsm, {})).toMatchObject({ sealed: true, registers: { current: { state: 'EMPTY' } } });
  });

  test('refuses what needs the HSM and nothing else', async () => {
    const { id: vaultId } = await perform(at.estate, at.admin, createVault, { name: 'payments' });
    await perform(at.estate, at.admin, createKeystore, { vaultId, type: 'internal', name: 'ring' });
    const connection = { region: 'eu-1', access_key: 'swordfish-0815' };
    const cloud = perform(at.estate, at.admin, createKeystore, { vaultId, type: 'cloud', name: 'cloud', connection });
    await expect(cloud).rejects.toMatchObject({ code: 'HSM_SEALED' });
    await expect(perform(at.estate, at.admin, auditCheckpoint, {})).rejects.toMatchObject({ code: 'HSM_SEALED' });
    expect((await at.audit()).at(-1)?.event).toMatchObject({ action: 'audit.checkpoint', reason: { code: 503, type: 'HSM_SEALED' } });
  });
});

describe('the master key', () => {
  test('is loaded in parts, committed and activated; every step is audited without a part', async () => {
    await load(1);
    expect(await load(2)).toMatchObject({ new: { state: 'FULL_UNCOMMITTED', verificationPattern } });
    await perform(at.estate, at.admin, commitMasterKey, { verificationPattern });
    await perform(at.estate, at.admin, activateMasterKey, { verificationPattern });
    expect(await perform(at.estate, at.admin, hsm, {})).toMatchObject({ sealed: false, registers: { current: { verificationPattern } } });
    await perform(at.estate, at.admin, auditCheckpoint, {});
    const all = (await at.audit()).map(({ event }) => event).filter(({ action }) => action.startsWith('master-key.'));
    expect(all.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 4 }, () => ['PENDING', 'SUCCESS']).flat());
    expect(all.at(-2)?.details).toEqual({ input: { verificationPattern: Buffer.from(verificationPattern).toString('hex') } });
    const events = all.filter(({ outcome }) => outcome === 'SUCCESS');
    expect(events.map(({ action }) => action.slice(11))).toEqual(['load-part', 'load-part', 'commit', 'activate']);
    expect(events.at(-1)).toMatchObject({ severity: 'CRITICAL', details: { current: { state: 'VALID' } } });
    for (const part of parts) expect(JSON.stringify(events)).not.toContain(part.toString('hex'));
  });

  test('S15: no step is taken while the audit log cannot be written', async () => {
    const [first, second] = [await partFor(1), await partFor(2)];
    const loaded = (input: object) => () => perform(at.estate, at.admin, loadMasterKeyPart, input);
    const steps = [
      loaded(first),
      loaded(second),
      () => perform(at.estate, at.admin, clearNewMasterKey, {}),
      loaded(first),
      loaded(second),
      () => perform(at.estate, at.admin, commitMasterKey, { verificationPattern }),
      () => perform(at.estate, at.admin, activateMasterKey, { verificationPattern }),
    ];
    for (const step of steps) {
      const before = await at.estate.hsm.status();
      isAuditBroken = true;
      await expect(step()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
      isAuditBroken = false;
      expect(await at.estate.hsm.status()).toEqual(before);
      await step();
      expect(await at.estate.hsm.status()).not.toEqual(before);
    }
  });

  test('a wrong pattern is refused, and the new register can be cleared', async () => {
    await load(1);
    await load(2);
    const other = perform(at.estate, at.admin, commitMasterKey, { verificationPattern: new Uint8Array(32) });
    await expect(other).rejects.toMatchObject({ code: 'MASTER_KEY_STATE_FORBIDS' });
    expect(await perform(at.estate, at.admin, clearNewMasterKey, {})).toMatchObject({ new: { state: 'EMPTY' } });
    const short = perform(at.estate, at.admin, commitMasterKey, { verificationPattern: new Uint8Array(31) });
    await expect(short).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  test('is not replaced while it is in place: no blob under it would open any more', async () => {
    await load(1);
    await load(2);
    await perform(at.estate, at.admin, commitMasterKey, { verificationPattern });
    await perform(at.estate, at.admin, activateMasterKey, { verificationPattern });
    await perform(at.estate, at.admin, auditCheckpoint, {});
    const nextParts = [randomBytes(32), randomBytes(32)] as const;
    const next = patternOf(nextParts);
    await load(1, nextParts);
    await load(2, nextParts);
    await perform(at.estate, at.admin, commitMasterKey, { verificationPattern: next });
    const replaced = perform(at.estate, at.admin, activateMasterKey, { verificationPattern: next });
    await expect(replaced).rejects.toMatchObject({ code: 'MASTER_KEY_STATE_FORBIDS', details: { reason: 'CURRENT_REGISTER_VALID' } });
    await perform(at.estate, at.admin, auditCheckpoint, {});
    expect(await perform(at.estate, at.admin, hsm, {})).toMatchObject({
      registers: { current: { verificationPattern }, new: { state: 'FULL_COMMITTED' } },
    });
  });

  test('only who operates the HSM may touch it', async () => {
    const reader = await at.callOf(['VaultAdministrator', 'KeyUser', 'Auditor']);
    for (const operation of [hsm, hsmImporters, clearNewMasterKey]) {
      await expect(perform(at.estate, reader, operation as never, {})).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    await perform(at.estate, await at.callOf(['Manager']), hsmImporters, {});
  });
});
