import { constants, createCipheriv, createPublicKey, generateKeyPairSync, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemCall } from '../../../src/services/call.js';
import { activateManagedKey } from '../../../src/services/managed-keys/activate.js';
import { createManagedKeyImport, type ImportStart } from '../../../src/services/managed-keys/create-import.js';
import { deactivateManagedKey } from '../../../src/services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../src/services/managed-keys/destroy.js';
import { eraseImportKey } from '../../../src/services/managed-keys/erase-import-key.js';
import { importManagedKey } from '../../../src/services/managed-keys/import.js';
import { scheduler } from '../../../src/services/schedule.js';
import { createVault } from '../../../src/services/vaults/create.js';
import { type KeyEstate, keyEstate, ringTarget } from './key-estate.js';

let at: KeyEstate;
beforeEach(async () => {
  at = await keyEstate();
});
afterEach(async () => {
  await at.close();
});

async function begin(fields: object = {}): Promise<ImportStart> {
  const way = 'template' in fields || 'managedKeyId' in fields ? {} : { templateId: at.template.id };
  const named = 'managedKeyId' in fields ? {} : { vaultId: at.vaultId, label: `import-${randomBytes(4).toString('hex')}` };
  return await at.run(createManagedKeyImport, { ...named, ...way, ...fields });
}

const publicKeyOf = ({ importKey }: ImportStart): KeyObject =>
  createPublicKey({ key: Buffer.from(importKey.publicKey), format: 'der', type: 'spki' });

/** RSA-OAEP with SHA-256, as a caller does it. */
function oaep(start: ImportStart, material: Uint8Array): Uint8Array {
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  return new Uint8Array(publicEncrypt({ key: publicKeyOf(start), ...padding }, material));
}

/** A one-time AES key by RSA-OAEP, followed by the material by AES-KWP (RFC 5649) under it. */
function aesKwp(start: ImportStart, material: Uint8Array): Uint8Array {
  const transportKey = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad' as 'aes-256-cbc', transportKey, Buffer.from('a65959a6', 'hex'));
  return new Uint8Array(Buffer.concat([oaep(start, transportKey), cipher.update(material), cipher.final()]));
}

const give = (start: ImportStart, mechanism: string, wrappedMaterial: Uint8Array) => ({
  importKeyId: start.importKey.id,
  mechanism,
  wrappedMaterial,
});

describe('import of key material', () => {
  test('RSA-OAEP: the key waits, gets its material, and goes where its template says', async () => {
    const start = await begin();
    expect(start.managedKey).toMatchObject({ state: 'PRE_ACTIVATION', origin: 'IMPORTED', version: 1, ownSettings: [] });
    expect(start.importKey).toMatchObject({ expiresAt: '2030-01-01T01:00:00.000Z', mechanisms: ['RSA_OAEP_SHA256', 'RSA_AES_KWP_SHA256'] });
    expect(await at.versions(start.managedKey.id)).toMatchObject([{ version: 1, blobId: null, state: 'PRE_ACTIVATION' }]);
    const material = Buffer.alloc(32, 7);
    const key = await at.run(importManagedKey, give(start, 'RSA_OAEP_SHA256', oaep(start, material)));
    expect(key).toMatchObject({ id: start.managedKey.id, state: 'ACTIVE', version: 1 });
    const check = createCipheriv('aes-256-ecb', material, null).update(Buffer.alloc(16)).subarray(0, 3).toString('hex');
    expect(await at.versions(key.id)).toMatchObject([{ state: 'ACTIVE', verificationPatterns: [{ method: 'ENC-ZERO', value: check }] }]);
    expect(await at.instances(key.id)).toMatchObject([{ desiredState: 'ACTIVE' }]);
    expect(await at.blobs()).toBe(1);
  });

  test('RSA-AES-KWP: an EC private key; the initial state asked for counts', async () => {
    const template = { key: { algorithm: 'EC', size: 'P-256' }, targets: [ringTarget] };
    const start = await begin({ template, initialState: 'PRE_ACTIVATION', rotationPolicy: null });
    expect(start.managedKey.ownSettings).toEqual(['ROTATION_POLICY']);
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pkcs8 = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    const key = await at.run(importManagedKey, give(start, 'RSA_AES_KWP_SHA256', aesKwp(start, pkcs8)));
    expect(key.state).toBe('PRE_ACTIVATION');
    const [version] = await at.versions(key.id);
    expect(Buffer.from(version?.publicKey ?? [])).toEqual(pair.publicKey.export({ format: 'der', type: 'spki' }));
    expect(await at.run(activateManagedKey, { id: key.id })).toMatchObject({ state: 'ACTIVE' });
  });

  test('an RSA key fits only the second way', async () => {
    const start = await begin({ template: { key: { algorithm: 'RSA', size: '2048' }, targets: [ringTarget] } });
    expect(start.importKey.mechanisms).toEqual(['RSA_AES_KWP_SHA256']);
    const pkcs8 = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'der', type: 'pkcs8' });
    const key = await at.run(importManagedKey, give(start, 'RSA_AES_KWP_SHA256', aesKwp(start, pkcs8)));
    expect(key).toMatchObject({ state: 'ACTIVE', algorithm: 'RSA' });
  });

  test('a next version of a key that is there', async () => {
    const { id } = await at.make();
    const start = await begin({ managedKeyId: id });
    expect(start.managedKey.id).toBe(id);
    const key = await at.run(importManagedKey, give(start, 'RSA_OAEP_SHA256', oaep(start, randomBytes(32))));
    expect(key).toMatchObject({ version: 2, state: 'ACTIVE', rotatedAt: at.clock.now() });
    expect(await at.versions(id)).toMatchObject([{ version: 1 }, { version: 2, state: 'ACTIVE' }]);
  });

  test('material of another length or curve, or in clear, is refused, and the import key stays good', async () => {
    const start = await begin();
    const refused = (bytes: Uint8Array, mechanism = 'RSA_OAEP_SHA256') => at.refusal(importManagedKey, give(start, mechanism, bytes));
    expect(await refused(oaep(start, randomBytes(16)))).toBe('CIPHERTEXT_INVALID');
    expect(await refused(aesKwp(start, randomBytes(31)), 'RSA_AES_KWP_SHA256')).toBe('CIPHERTEXT_INVALID');
    expect(await refused(randomBytes(32))).toBe('CIPHERTEXT_INVALID');
    expect(await refused(oaep(start, randomBytes(32)), 'AES_KWP')).toBe('INPUT_INVALID');
    expect(await refused(new Uint8Array(20_000))).toBe('INPUT_INVALID');
    const clear = { ...give(start, 'RSA_OAEP_SHA256', oaep(start, randomBytes(32))), material: randomBytes(32) };
    expect(await at.refusal(importManagedKey, clear)).toBe('INPUT_INVALID');
    const curve = await begin({ template: { key: { algorithm: 'EC', size: 'P-256' }, targets: [ringTarget] } });
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'der', type: 'pkcs8' });
    expect(await at.refusal(importManagedKey, give(curve, 'RSA_AES_KWP_SHA256', aesKwp(curve, other)))).toBe('CIPHERTEXT_INVALID');
    expect(await refused(oaep(start, randomBytes(32)))).toBe('DONE');
  });

  test('what begins an import says in its event which template the key was made from', async () => {
    const shadow = { template: { key: { algorithm: 'AES', size: '256' }, targets: [ringTarget] } };
    const { managedKey } = await begin(shadow);
    const events = (await at.audit()).map(({ event }) => event).filter(({ action }) => action === 'managed-key.create-import');
    expect(events.at(-1)?.details).toMatchObject({ templateId: managedKey.templateId, isShadow: true });
    await begin({ managedKeyId: managedKey.id });
    const next = (await at.audit()).map(({ event }) => event).filter(({ action }) => action === 'managed-key.create-import');
    expect(next.at(-1)?.details).not.toHaveProperty('templateId');
  });

  test('an import key expires, and who still waits may ask for another', async () => {
    const start = await begin({ initialState: 'PRE_ACTIVATION' });
    at.clock.advance(3600);
    const late = give(start, 'RSA_OAEP_SHA256', oaep(start, randomBytes(32)));
    expect(await at.refusal(importManagedKey, late)).toBe('IMPORT_KEY_USED');
    const again = await begin({ managedKeyId: start.managedKey.id });
    expect(await at.blobs()).toBe(1);
    const key = await at.run(importManagedKey, give(again, 'RSA_OAEP_SHA256', oaep(again, randomBytes(32))));
    expect(key.state).toBe('PRE_ACTIVATION');
    expect(await at.refusal(createManagedKeyImport, { managedKeyId: key.id })).toBe('KEY_STATE_FORBIDS');
  });

  test('a key out of use takes nothing in', async () => {
    const { id } = await at.make();
    const start = await begin({ managedKeyId: id });
    await at.run(deactivateManagedKey, { id });
    const wrapped = oaep(start, randomBytes(32));
    expect(await at.refusal(importManagedKey, give(start, 'RSA_OAEP_SHA256', wrapped))).toBe('KEY_STATE_FORBIDS');
    expect(await at.refusal(createManagedKeyImport, { managedKeyId: id })).toBe('KEY_STATE_FORBIDS');
    await at.run(destroyManagedKey, { id });
    expect(await at.blobs()).toBe(0);
  });

  test('either a key that is there or a new one, not both', async () => {
    const { id } = await at.make();
    expect(await at.refusal(createManagedKeyImport, { managedKeyId: id, label: 'both' })).toBe('INPUT_INVALID');
    expect(await at.refusal(createManagedKeyImport, { vaultId: at.vaultId, label: 'neither' })).toBe('INPUT_INVALID');
    expect(await at.refusal(createManagedKeyImport, { templateId: at.template.id, label: 'nowhere' })).toBe('INPUT_INVALID');
  });
});

describe('expired import keys', () => {
  const sweep = async () => await scheduler(at.estate).runDue();
  const records = async () => await at.estate.store.read.count('importKey', {});

  test('are erased with their blobs once they have expired, used or not', async () => {
    const { id } = await at.make();
    const unused = await begin({ managedKeyId: id });
    const used = await begin({ managedKeyId: id });
    await at.run(importManagedKey, give(used, 'RSA_OAEP_SHA256', oaep(used, randomBytes(32))));
    at.clock.advance(3599);
    expect(await sweep()).toBe(0);
    expect([await records(), await at.blobs()]).toEqual([2, 3]);
    at.clock.advance(1);
    expect(await sweep()).toBe(2);
    expect([await records(), await at.blobs()]).toEqual([0, 2]);
    expect(await sweep()).toBe(0);
    const events = (await at.audit()).map(({ event }) => event).filter(({ action }) => action === 'import-key.erase');
    expect(events).toHaveLength(2);
    expect(events.find(({ target }) => target.id === unused.importKey.id)).toMatchObject({
      outcome: 'SUCCESS',
      initiator: { face: 'scheduler' },
      target: { kind: 'import-key', vaultId: at.vaultId },
      details: { managedKeyId: id, isUsed: false, isRecordKept: false },
    });
    const late = give(unused, 'RSA_OAEP_SHA256', oaep(unused, randomBytes(32)));
    expect(await at.refusal(importManagedKey, late)).toBe('IMPORT_KEY_USED');
  });

  test('of a key that waits leave only what says where the key goes, until it is there', async () => {
    const start = await begin({ initialState: 'PRE_ACTIVATION' });
    at.clock.advance(3600);
    expect(await sweep()).toBe(1);
    expect([await records(), await at.blobs()]).toEqual([1, 0]);
    expect(await sweep()).toBe(0);
    const again = await begin({ managedKeyId: start.managedKey.id });
    const key = await at.run(importManagedKey, give(again, 'RSA_OAEP_SHA256', oaep(again, randomBytes(32))));
    expect(key.state).toBe('PRE_ACTIVATION');
    at.clock.advance(3600);
    await at.run(activateManagedKey, { id: key.id });
    expect(await sweep()).toBe(2);
    expect([await records(), await at.blobs()]).toEqual([0, 1]);
  });

  test('only the server erases them, and none that is still good', async () => {
    const { importKey } = await begin();
    expect(await at.refusal(eraseImportKey, { id: importKey.id })).toBe('FORBIDDEN');
    expect(await at.refusal(eraseImportKey, { id: importKey.id }, systemCall('scheduler', 'r'))).toBe('KEY_STATE_FORBIDS');
    expect([await records(), await at.blobs()]).toEqual([1, 1]);
  });
});

describe("S2: import over another owner's object is denied", () => {
  test('an import key serves once, for its own key, in its own vault', async () => {
    const [mine, theirs] = [await begin(), await begin()];
    const material = randomBytes(32);
    const wrapped = oaep(mine, material);
    expect(await at.refusal(importManagedKey, give(theirs, 'RSA_OAEP_SHA256', wrapped))).toBe('CIPHERTEXT_INVALID');
    await at.run(importManagedKey, give(mine, 'RSA_OAEP_SHA256', wrapped));
    expect(await at.refusal(importManagedKey, give(mine, 'RSA_OAEP_SHA256', wrapped))).toBe('IMPORT_KEY_USED');
    expect(await at.refusal(importManagedKey, give(mine, 'RSA_OAEP_SHA256', oaep(mine, randomBytes(32))))).toBe('IMPORT_KEY_USED');
    expect((await at.versions(theirs.managedKey.id))[0]?.blobId).toBeNull();
  });

  test('twice at once: one wins', async () => {
    const start = await begin();
    const input = give(start, 'RSA_OAEP_SHA256', oaep(start, randomBytes(32)));
    const codes = await Promise.all(Array.from({ length: 8 }, () => at.refusal(importManagedKey, input)));
    expect(codes.filter((code) => code === 'DONE')).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set(['DONE', 'IMPORT_KEY_USED']));
    expect(await at.versions(start.managedKey.id)).toHaveLength(1);
  });

  test('who has rights in another vault only is forbidden, whatever the import key', async () => {
    const start = await begin();
    const other = await at.run(createVault, { name: 'other' });
    const stranger = await at.callOf(['KeyCustodianCreator'], { kind: 'VAULT', id: other.id });
    const wrapped = oaep(start, randomBytes(32));
    expect(await at.refusal(importManagedKey, give(start, 'RSA_OAEP_SHA256', wrapped), stranger)).toBe('FORBIDDEN');
    const unknown = { ...give(start, 'RSA_OAEP_SHA256', wrapped), importKeyId: '00000000-0000-4000-8000-00000000ffff' };
    expect(await at.refusal(importManagedKey, unknown, stranger)).toBe('FORBIDDEN');
    expect(await at.refusal(createManagedKeyImport, { managedKeyId: start.managedKey.id }, stranger)).toBe('FORBIDDEN');
  });
});
