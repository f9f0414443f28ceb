/** S30: what was deleted is not to be read out of the database's files either. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sqlite3 from 'sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KeyBlob } from '../../src/domain/key-blob.js';
import type { Store } from '../../src/store/contract.js';
import { typeormStore } from '../../src/store/typeorm/typeorm-store.js';
import { tracked, vault } from './entities.js';

let folder: string;
let file: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kyok-deleted-'));
  file = join(folder, 'kyok.db');
  store = await open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});
const open = async () => await typeormStore({ type: 'sqlite', file });

/** As long as those of AES and of RSA keys. */
const blobs: readonly KeyBlob[] = Array.from({ length: 40 }, (_, at) => ({
  ...tracked(),
  ownerKind: 'KEY_VERSION',
  ownerId: `owner-${at}`,
  context: null,
  blob: new Uint8Array(randomBytes(at % 2 ? 200 : 2_500)),
  masterKeyId: 'ab',
  publicKey: null,
}));
const keep = async () => await store.write((tx) => tx.insertMany('keyBlob', blobs));
const drop = async (of: readonly KeyBlob[] = blobs) =>
  await store.write((tx) => tx.deleteWhere('keyBlob', { id: { in: of.map(({ id }) => id) } }));

/** How many of the blobs can be read out of the files, in whole or in part. */
function found(): number {
  const bytes = Buffer.concat([file, `${file}-wal`].filter((path) => existsSync(path)).map((path) => readFileSync(path)));
  const pieces = (blob: Uint8Array) =>
    Array.from({ length: Math.floor(blob.length / 32) }, (_, at) => blob.subarray(at * 32, at * 32 + 32));
  return blobs.filter(({ blob }) => pieces(blob).some((piece) => bytes.includes(Buffer.from(piece)))).length;
}

/** Somebody else's connection to the same database. */
function connection() {
  const database = new sqlite3.Database(file);
  return { run: promisify<string, void>(database.exec.bind(database)), close: promisify(database.close.bind(database)) };
}

describe('S30: deleted key blobs', () => {
  test('are in neither file when the deletion is answered', async () => {
    await keep();
    expect(found()).toBe(blobs.length);
    await drop(blobs.slice(0, 10));
    expect(found()).toBe(blobs.length - 10);
    await drop();
    expect(found()).toBe(0);
  });

  test('stay when the deletion is taken back', async () => {
    await keep();
    await store.write((tx) => tx.deleteWhere('keyBlob', {}), { rollback: true });
    expect(await store.read.count('keyBlob', {})).toBe(blobs.length);
  });

  test('leave once nobody reads older states any more, and nothing waits for that', async () => {
    await keep();
    const reader = connection();
    await reader.run('BEGIN; SELECT count(*) FROM key_blob');
    await drop();
    await store.write((tx) => tx.insert('vault', vault()));
    expect(await store.read.count('vault', {})).toBe(1);
    expect(found()).toBe(blobs.length);
    await reader.run('ROLLBACK');
    await reader.close();
    await expect.poll(found, { timeout: 10_000 }).toBe(0);
  });

  test('leave at the next start when the process was killed between commit and answer', async () => {
    await keep();
    await store.close();
    const killed = connection();
    await killed.run('PRAGMA secure_delete = ON; DELETE FROM key_blob');
    // The files as a killed process leaves them: closing in order would tidy up.
    const left = [file, `${file}-wal`].map((path) => [path, readFileSync(path)] as const);
    await killed.close();
    for (const [path, bytes] of left) writeFileSync(path, bytes);
    expect(found()).toBe(blobs.length);
    store = await open();
    await store.write(async () => {});
    expect(found()).toBe(0);
    expect(await store.read.count('keyBlob', {})).toBe(0);
  });
});
