/** S14, S30: the real server on databases and HSM states that somebody put back. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sqlite3 from 'sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { kyokProcess, type RealServer, realServer } from '../cli/real-server.js';

describe('the real server', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-rollback-'));
  const dataDir = join(folder, 'data');
  const database = join(dataDir, 'kyok.db');
  const stateFile = join(dataDir, 'hsm', 'sealed-state.json');
  let server: RealServer | undefined;
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const start = async () => {
    server = await realServer({ KYOK_DATA_DIR: dataDir, KYOK_HSM_UNITS: '2' });
  };
  const stop = async () => {
    expect(await server?.stop()).toBe(0);
    server = undefined;
  };
  const kyok = async (...args: string[]) => {
    const ran = await kyokProcess(args, server?.env ?? {});
    expect(ran.code, `${args.join(' ')}: ${ran.err}`).toBe(0);
    return ran.out;
  };
  const copyTo = (name: string) => {
    expect(existsSync(`${database}-wal`)).toBe(false);
    cpSync(database, join(folder, name));
  };

  it('S14, S30: refuses an old database and an old HSM state by name, and opens no destroyed key from rows put back', async () => {
    await start();
    await kyok('vault', 'create', '--name', 'v');
    await kyok('keystore', 'create', '--vault', 'v', '--type', 'internal', '--name', 'ring');
    await kyok('template', 'create', '--vault', 'v', '--name', 'aes', '--algorithm', 'AES', '--size', '256', '--target', 'internal:ring');
    for (const label of ['gone', 'kept']) await kyok('key', 'create', '--vault', 'v', '--template', 'aes', '--label', label);
    const [encrypted, kept] = [join(folder, 'gone.enc'), join(folder, 'kept.enc')];
    await kyok('key', 'encrypt', 'v/gone', '--text', 'hello', '--out', encrypted);
    await kyok('key', 'encrypt', 'v/kept', '--text', 'hello', '--out', kept);
    await stop();
    copyTo('old.db');
    const oldState = readFileSync(stateFile, 'utf8');
    await start();
    await kyok('key', 'destroy', 'v/gone', '--yes');
    await stop();
    copyTo('new.db');
    const newState = readFileSync(stateFile, 'utf8');

    cpSync(join(folder, 'old.db'), database);
    await expect(start()).rejects.toThrow(/AUDIT_ROLLED_BACK: .* its audit log has \d+ events, the HSM remembers \d+/);
    cpSync(join(folder, 'new.db'), database);
    writeFileSync(stateFile, oldState);
    await expect(start()).rejects.toThrow(/HSM_STATE_ROLLED_BACK: hsm\/sealed-state.json is an older copy/);
    const fields = JSON.parse(newState) as { memory: string };
    const memory = Buffer.from(fields.memory, 'base64');
    memory[3] = (memory[3] ?? 0) ^ 1;
    writeFileSync(stateFile, JSON.stringify({ ...fields, memory: memory.toString('base64') }));
    await expect(start()).rejects.toThrow(/sealed-state.json\) was altered/);
    writeFileSync(stateFile, newState);

    // Everything of the old database but the audit log and what it knows of the HSM.
    const connection = new sqlite3.Database(database);
    const tables = ['managed_key', 'key_version', 'key_instance', 'instance_version', 'key_blob', 'key_ring', 'kms_key', 'kms_key_version'];
    const statements = tables.flatMap((table) => [`DELETE FROM ${table};`, `INSERT INTO ${table} SELECT * FROM old.${table};`]);
    await promisify(connection.exec.bind(connection))(
      `PRAGMA foreign_keys=OFF; ATTACH '${join(folder, 'old.db')}' AS old; DELETE FROM destroyed_key; ${statements.join('')}`,
    );
    await promisify(connection.close.bind(connection))();
    await start();
    const refused = await kyokProcess(['key', 'decrypt', 'v/gone', '--in', encrypted], server?.env ?? {});
    expect(refused.code).not.toBe(0);
    expect(refused.err).toContain('The key was destroyed');
    expect(await kyok('key', 'decrypt', 'v/kept', '--in', kept)).toBe('hello');
    await stop();
  });
});
