/** Backups of an estate in this process: what goes in comes out, and nothing but that. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decrypter, Encrypter } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restoreBackup } from '../../src/backup/restore.js';
import { readRestoreMarker } from '../../src/backup/restore-marker.js';
import { verifyBackup } from '../../src/backup/verify.js';
import { verifierKey } from '../../src/domain/checkpoint.js';
import { type Backup, createBackup } from '../../src/services/backup/create.js';
import { backupNouns } from '../../src/services/backup/format.js';
import { perform } from '../../src/services/perform.js';
import { loadDatabase } from '../../src/store/typeorm/load/load.js';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { kyok } from '../cli/fake-server.js';
import { vaultWorld } from '../services/access-samples.js';
import { auditEvent, vault } from '../store/entities.js';
import { type BackupWorld, backupWorld, contentOf, hsmState, newIdentity, settingsFor } from './world.js';

let world: BackupWorld;
let backup: Backup;
/** The estate as it was when the backup was made, but for the event that tells its end. */
let content: { audit: readonly unknown[] };
beforeAll(async () => {
  world = await backupWorld();
  await vaultWorld(world.test, 'Payments');
  // More than one block of the encryption.
  for (let count = 0; count < 80; count += 1) await world.estate.store.audit.append(auditEvent({ details: { note: 'x'.repeat(2000) } }));
  backup = await world.backup();
  content = (await contentOf(world.estate.store)) as typeof content;
  content = { ...content, audit: content.audit.slice(0, backup.auditSize) };
});
afterAll(async () => await world?.close());

/** A new place for a data folder. */
function newPlace(): string {
  return join(world.folder, `place-${Math.random().toString(36).slice(2)}`);
}

async function restoreInto(place: string, file = backup.path, more: { replace?: boolean; identityFile?: string } = {}) {
  return await restoreBackup(settingsFor(place), { file, identityFile: world.identityFile, replace: false, ...more });
}

async function storedIn(place: string): Promise<object> {
  const store = await typeormStore({ type: 'sqlite', file: join(place, 'kyok.db') });
  try {
    return await contentOf(store);
  } finally {
    await store.close();
  }
}

/** The backup with its clear text changed, encrypted anew to the same recipient: what a forger can do. */
async function forged(change: (lines: string[]) => string[]): Promise<string> {
  const decrypter = new Decrypter();
  const identity = readFileSync(world.identityFile, 'utf8').split('\n')[1] ?? '';
  decrypter.addIdentity(identity);
  const lines = (await decrypter.decrypt(readFileSync(backup.path), 'text')).trimEnd().split('\n');
  const encrypter = new Encrypter();
  encrypter.addRecipient(await newIdentity(join(world.folder, 'forger.txt')));
  const file = join(world.folder, `forged-${Math.random().toString(36).slice(2)}.age`);
  writeFileSync(file, await encrypter.encrypt(`${change(lines).join('\n')}\n`));
  return file;
}
const forgerIdentity = () => join(world.folder, 'forger.txt');

describe('createBackup', () => {
  it('writes one private file whose size and hash it tells, and the audit log says so before and after', async () => {
    expect(statSync(backup.path).mode & 0o777).toBe(0o600);
    expect(statSync(join(world.folder, 'backups')).mode & 0o777).toBe(0o700);
    expect(statSync(backup.path).size).toBe(backup.size);
    expect(backup).toMatchObject({ isSigned: true, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const events = (await world.test.audit()).map(({ event }) => event).filter(({ action }) => action === 'backup.create');
    expect(events.map(({ outcome }) => outcome)).toEqual(['PENDING', 'SUCCESS']);
    expect(events[1]?.details).toMatchObject({ name: backup.name, sha256: backup.sha256, auditSize: backup.auditSize });
    const begun = await world.estate.store.audit.find(events[0]?.id ?? '');
    expect(backup.auditSize).toBe((begun?.index ?? 0) + 1);
  });

  it('holds nothing in clear, and not the device key at all', async () => {
    const bytes = readFileSync(backup.path);
    expect(bytes.subarray(0, 21).toString('latin1')).toBe('age-encryption.org/v1');
    for (const name of ['Payments', 'keyBlob', 'pepper']) expect(bytes.includes(name)).toBe(false);
    const summary = await verifyBackup({ file: backup.path, identityFile: world.identityFile });
    expect(summary.trailer.files).toEqual(['pepper.key', 'hsm/sealed-state.json']);
  });

  it('is refused without a recipient, and while another one is being written', async () => {
    const { estate, admin } = world.test;
    await expect(perform(estate, admin, createBackup, {})).rejects.toMatchObject({ code: 'BACKUP_NOT_CONFIGURED' });
    const results = await Promise.allSettled([world.backup(), world.backup()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'BACKUP_UNDER_WAY' } });
  });

  it('leaves nothing behind when it fails, and removes what a killed server left', async () => {
    const folder = join(world.folder, 'backups');
    writeFileSync(join(folder, 'kyok-20300101T000000000Z-00000000.age.2f1c.partial'), 'half');
    const failing = { ...world.estate, store: { ...world.estate.store, snapshot: failingSnapshot(world) } };
    await expect(perform(failing, world.test.admin, createBackup, {})).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
    const before = readdirSync(folder).length;
    await world.backup();
    expect(readdirSync(folder).length).toBe(before + 1);
  });

  it('a folder that cannot be written is told without its path', async () => {
    const file = join(world.folder, 'a-file');
    writeFileSync(file, '');
    const { backupFolder } = await import('../../src/backup/backup-folder.js');
    const recipients = [await newIdentity(join(world.folder, 'other.txt'))];
    const estate = { ...world.estate, backups: backupFolder({ folder: join(file, 'below'), recipients, dataFolder: world.test.folder }) };
    await expect(perform(estate, world.test.admin, createBackup, {})).rejects.toMatchObject({ code: 'BACKUP_NOT_WRITTEN', details: {} });
  });

  it('on a sealed HSM it is made without signatures, which a public key does not accept', async () => {
    const sealed = { ...world.estate.hsm, status: async () => ({ ...(await world.estate.hsm.status()), sealed: true }) };
    const made = await perform({ ...world.estate, hsm: sealed }, world.test.admin, createBackup, {});
    expect(made.isSigned).toBe(false);
    const read = { file: made.path, identityFile: world.identityFile };
    const { manifest, trailer } = await verifyBackup(read);
    expect([manifest.verifierKey, manifest.audit.checkpoint, trailer.signature]).toEqual([null, null, null]);
    const { verifierKey } = (await verifyBackup({ ...read, file: backup.path })).manifest;
    await expect(verifyBackup({ ...read, publicKey: String(verifierKey) })).rejects.toMatchObject({ code: 'BACKUP_NOT_TRUSTED' });
    await verifyBackup({ ...read, file: backup.path, publicKey: String(verifierKey) });
  });
});

function failingSnapshot({ estate }: BackupWorld): typeof estate.store.snapshot {
  return (work) =>
    estate.store.snapshot(async (snapshot) => {
      const failure = Object.assign(new Error('gone'), { code: 'STORE_UNAVAILABLE' });
      const { EstateError } = await import('../../src/domain/errors.js');
      const fail = () => Promise.reject(new EstateError('STORE_UNAVAILABLE', {}, { cause: failure }));
      return await work({ ...snapshot, audit: { ...snapshot.audit, read: fail } });
    });
}

describe('restoreBackup', () => {
  it('brings back every row and every event, the files, and a marker for the next start', async () => {
    const place = newPlace();
    expect(await restoreInto(place)).toMatchObject({ database: 'sqlite', hsmStateKept: false });
    expect(await storedIn(place)).toEqual(content);
    expect(backupNouns.filter((noun) => (content as unknown as Record<string, unknown[]>)[noun]?.length === 0)).not.toContain('keyBlob');
    expect(readFileSync(join(place, 'pepper.key'), 'utf8')).toBe('a pepper\n');
    expect(readFileSync(join(place, 'hsm/sealed-state.json'), 'utf8')).toBe(hsmState('first'));
    expect(statSync(join(place, 'hsm/sealed-state.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(place, 'kyok.db')).mode & 0o777).toBe(0o600);
    expect(readRestoreMarker(place)).toMatchObject({ backup: backup.name, audit: { size: backup.auditSize }, memory: null });
    expect(readdirSync(place).filter((name) => /restoring|partial|wal|shm/.test(name))).toEqual([]);
  });

  it('refuses where there is an estate; with replace the backup takes its place, and the HSM state that is there stays', async () => {
    const place = newPlace();
    const other = await typeormStore({ type: 'sqlite', file: join(place, 'kyok.db') });
    await other.write((tx) => tx.insert('vault', vault({ name: 'other' })));
    await expect(restoreInto(place, backup.path, { replace: true })).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await other.close();
    const before = await storedIn(place);
    await expect(restoreInto(place)).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });
    expect(await storedIn(place)).toEqual(before);
    expect(existsSync(join(place, 'pepper.key'))).toBe(false);

    mkdirSync(join(place, 'hsm'));
    writeFileSync(join(place, 'hsm/sealed-state.json'), hsmState('second'));
    await expect(restoreInto(place, backup.path, { replace: true })).rejects.toMatchObject({ code: 'BACKUP_OF_ANOTHER_HSM' });
    expect(await storedIn(place)).toEqual(before);

    writeFileSync(join(place, 'hsm/sealed-state.json'), hsmState('first', 'bmV3ZXI='));
    expect(await restoreInto(place, backup.path, { replace: true })).toMatchObject({ hsmStateKept: true });
    expect(await storedIn(place)).toEqual(content);
    expect(readFileSync(join(place, 'hsm/sealed-state.json'), 'utf8')).toBe(hsmState('first', 'bmV3ZXI='));
    expect(Buffer.from(readRestoreMarker(place)?.memory ?? []).toString()).toBe('memory');
  });

  it('another pepper is replaced only where the estate may be', async () => {
    const place = newPlace();
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'pepper.key'), 'another pepper\n');
    await expect(restoreInto(place)).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY', details: { file: 'pepper.key' } });
    expect(existsSync(join(place, 'kyok.db'))).toBe(false);
    await restoreInto(place, backup.path, { replace: true });
    expect(readFileSync(join(place, 'pepper.key'), 'utf8')).toBe('a pepper\n');
  });

  it('takes the place of a database that is damaged, and plays no old journal into the new one', async () => {
    const place = newPlace();
    const store = await typeormStore({ type: 'sqlite', file: join(place, 'kyok.db') });
    await store.write((tx) => tx.insert('vault', vault({ name: 'in the journal' })));
    const journal = readFileSync(join(place, 'kyok.db-wal'));
    await store.close();
    writeFileSync(join(place, 'kyok.db'), 'no database');
    writeFileSync(join(place, 'kyok.db-wal'), journal);
    await expect(restoreInto(place)).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });
    await restoreInto(place, backup.path, { replace: true });
    expect(await storedIn(place)).toEqual(content);
  });

  it('a restore that is killed leaves nothing of keys once a store is opened there', async () => {
    const place = newPlace();
    await restoreInto(place);
    writeFileSync(join(place, 'kyok.db.restoring'), 'blobs');
    await storedIn(place);
    expect(existsSync(join(place, 'kyok.db.restoring'))).toBe(false);
  });

  it('rows that do not fit together change nothing', async () => {
    const place = newPlace();
    await restoreInto(place);
    const options = { type: 'sqlite', file: join(place, 'kyok.db') } as const;
    let isDone = false;
    const orphan = loadDatabase(options, { replace: true }, async (loader) => {
      const [version] = await world.estate.store.read.find('keyVersion', {}, 1);
      await loader.insertMany('keyVersion', version ? [version] : []);
      return async () => {
        isDone = true;
      };
    });
    await expect(orphan).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(isDone).toBe(false);
    expect(await storedIn(place)).toEqual(content);
  });
});

describe('kyok backup restore', () => {
  const restore = async (place: string, ...more: string[]) =>
    await kyok(['backup', 'restore', backup.path, '--identity', world.identityFile, '--yes', ...more], { env: { KYOK_DATA_DIR: place } });
  const signer = async () => (await verifyBackup({ file: backup.path, identityFile: world.identityFile })).manifest.verifierKey ?? '';

  it('S30: takes the place of an estate only when the signer is named, or waived out loud', async () => {
    const place = newPlace();
    await restoreInto(place);
    const store = await typeormStore({ type: 'sqlite', file: join(place, 'kyok.db') });
    await store.write((tx) => tx.insert('vault', vault({ name: 'made since' })));
    await store.close();
    const before = await storedIn(place);

    const refused = await restore(place, '--replace');
    expect(refused.code, refused.err).toBe(2);
    expect(refused.err).toMatch(/--public-key KEY.*--unsigned/);
    expect((await restore(place, '--replace', '--public-key', await signer(), '--unsigned')).code).toBe(2);
    const other = verifierKey({ name: 'kyok/another', publicKey: new Uint8Array(32).fill(8) });
    expect(await restore(place, '--replace', '--public-key', other)).toMatchObject({
      code: 8,
      err: expect.stringContaining('NOT_TRUSTED'),
    });
    expect(await storedIn(place)).toEqual(before);

    expect(await restore(place, '--replace', '--public-key', await signer())).toMatchObject({ code: 0 });
    expect(await storedIn(place)).toEqual(content);
    expect(await restore(place, '--replace', '--unsigned')).toMatchObject({ code: 0 });
  });

  it('says in an empty place whose signature the backup bears', async () => {
    const restored = await restore(newPlace());
    expect(restored.code, restored.err).toBe(0);
    expect(restored.err).toContain(`It bears the signature of ${await signer()}; nothing shows`);
  });
});

describe('a backup that is not what was written', () => {
  /** Refused by both verbs with this code, and nothing is touched. */
  async function expectRefused(file: string, code: string, identityFile = world.identityFile): Promise<void> {
    await expect(verifyBackup({ file, identityFile })).rejects.toMatchObject({ code });
    const place = newPlace();
    await expect(restoreInto(place, file, { identityFile, replace: true })).rejects.toMatchObject({ code });
    expect(existsSync(place)).toBe(false);
  }

  it('a wrong identity', async () => {
    const identityFile = join(world.folder, 'wrong.txt');
    await newIdentity(identityFile);
    await expectRefused(backup.path, 'BACKUP_IDENTITY_WRONG', identityFile);
    writeFileSync(identityFile, '# nothing\n');
    await expectRefused(backup.path, 'BACKUP_IDENTITY_WRONG', identityFile);
  });

  it('one byte flipped, anywhere', async () => {
    const bytes = readFileSync(backup.path);
    const file = join(world.folder, 'flipped.age');
    for (const at of [25, 180, 230, 300, Math.floor(bytes.length / 2), bytes.length - 70_000, bytes.length - 1].filter(
      (place) => place > 0,
    )) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      writeFileSync(file, flipped);
      await expect(verifyBackup({ file, identityFile: world.identityFile }), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^BACKUP_(DAMAGED|IDENTITY_WRONG)$/),
      });
    }
    await expectRefused(file, 'BACKUP_DAMAGED');
  });

  it('a header that does not end', async () => {
    await expectRefused('/dev/zero', 'BACKUP_DAMAGED');
  });

  it('cut off, anywhere, also at the end of a block', async () => {
    const bytes = readFileSync(backup.path);
    const file = join(world.folder, 'cut.age');
    const header = bytes.indexOf('\n--- ') + 49;
    for (const length of [0, 10, 100, header + 16, header + 16 + 65_552, bytes.length - 1]) {
      writeFileSync(file, bytes.subarray(0, length));
      await expectRefused(file, 'BACKUP_DAMAGED');
    }
    writeFileSync(file, Buffer.concat([bytes, Buffer.alloc(3)]));
    await expectRefused(file, 'BACKUP_DAMAGED');
  });

  const nth = (lines: readonly string[], start: string) => lines.findIndex((line) => line.startsWith(start));
  const forgeries: Readonly<Record<string, (lines: string[]) => string[]>> = {
    'a row changed': (lines) => lines.map((line) => (line.startsWith('{"row"') ? line.replace('"Payments"', '"Paiments"') : line)),
    'a row left out': (lines) => lines.toSpliced(nth(lines, '{"row":"keyBlob"'), 1),
    'a row twice': (lines) => lines.toSpliced(nth(lines, '{"row":"keyBlob"'), 0, lines[nth(lines, '{"row":"keyBlob"')] ?? ''),
    'two events swapped': (lines) => {
      const at = nth(lines, '{"event"');
      return lines.toSpliced(at, 2, lines[at + 1] ?? '', lines[at] ?? '');
    },
    'the last event left out': (lines) => lines.toSpliced(nth(lines, '{"file"') - 1, 1),
    'without its end': (lines) => lines.slice(0, -1),
    'with something behind its end': (lines) => [...lines, lines[1] ?? ''],
    'a file of another name': (lines) => lines.map((line) => line.replace('"pepper.key"', '"../../etc/passwd"')),
    'without its signature': (lines) => lines.map((line) => line.replace(/"signature":"[^"]*"/, '"signature":null')),
  };
  it.each(Object.entries(forgeries))('put together anew by a stranger: %s', async (_what, change) => {
    await expectRefused(await forged(change), 'BACKUP_DAMAGED', forgerIdentity());
  });

  it('put together anew with a hash to fit: the signature does not', async () => {
    const { createHash } = await import('node:crypto');
    const file = await forged((lines) => {
      const changed = lines.map((line) => (line.startsWith('{"row"') ? line.replace('"Payments"', '"Paiments"') : line));
      const body = `${changed.slice(0, -1).join('\n')}\n`;
      const sha256 = createHash('sha256').update(body).digest('hex');
      return [...changed.slice(0, -1), (changed.at(-1) ?? '').replace(/"sha256":"[0-9a-f]*"/, `"sha256":"${sha256}"`)];
    });
    await expectRefused(file, 'BACKUP_DAMAGED', forgerIdentity());
    await expect(verifyBackup({ file, identityFile: forgerIdentity() })).rejects.toMatchObject({
      details: { reason: 'its signature does not verify' },
    });
  });

  it('of another version of kyok', async () => {
    const unsigned = await perform(
      { ...world.estate, hsm: { ...world.estate.hsm, status: async () => ({ ...(await world.estate.hsm.status()), sealed: true }) } },
      world.test.admin,
      createBackup,
      {},
    );
    expect(unsigned.isSigned).toBe(false);
    const newer = {
      ...world.estate,
      backups: { ...(world.estate.backups as NonNullable<typeof world.estate.backups>), schema: 'f'.repeat(64) },
    };
    const made = await perform(newer, world.test.admin, createBackup, {});
    const place = newPlace();
    await expect(restoreInto(place, made.path, { replace: true })).rejects.toMatchObject({ code: 'BACKUP_SCHEMA_DIFFERS' });
    expect(existsSync(place)).toBe(false);
    const file = await forged((lines) => lines.map((line) => line.replace('"format":1', '"format":2')));
    await expectRefused(file, 'BACKUP_FORMAT_UNKNOWN', forgerIdentity());
  });
});
