/** `kyok doctor` as a process: each thing that can be wrong, wrong in turn. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reaches } from '../../src/cli/doctor/node-version.js';
import { kyokProcess, type Ran, realServer, run } from './real-server.js';

interface Row {
  readonly check: string;
  readonly verdict: string;
  readonly found: string;
  readonly advice?: string;
}

describe('kyok doctor', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'kyok-doctor-'));
  const sound = { KYOK_DATA_DIR: join(scratch, 'data'), KYOK_LISTEN: '127.0.0.1:0' };
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const rowOf = ({ out }: Ran, name: string): Row | undefined => (JSON.parse(out) as Row[]).find(({ check }) => check === name);

  async function examined(env: Record<string, string>): Promise<Ran> {
    return await kyokProcess(['--output', 'json', 'doctor'], { ...sound, ...env });
  }

  async function finds(name: string, env: Record<string, string>, text: string): Promise<Ran> {
    const ran = await examined(env);
    expect(ran.code, ran.out + ran.err).toBe(10);
    expect(rowOf(ran, name)).toMatchObject({ verdict: 'PROBLEM', found: expect.stringContaining(text), advice: expect.any(String) });
    expect((JSON.parse(ran.out) as Row[]).filter(({ verdict }) => verdict === 'PROBLEM')).toHaveLength(1);
    return ran;
  }

  it('finds nothing wrong here, and leaves nothing behind', async () => {
    const ran = await kyokProcess(['doctor'], sound);
    expect(ran.code, ran.out).toBe(0);
    expect(ran.out).toMatch(/sqlite3\s+OK\s+loads/);
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('names a setting that is none', async () => {
    await finds('settings', { KYOK_LISTN: 'x' }, 'KYOK_LISTN');
  });

  it('goes by the sound settings beside one that is none', async () => {
    const ran = await examined({ KYOK_LISTN: 'x', KYOK_LISTEN: '127.0.0.1:45671' });
    expect(rowOf(ran, 'listener')?.found).toContain('127.0.0.1:45671');
  });

  it('names a data folder that cannot be one', async () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    await finds('data folder', { KYOK_DATA_DIR: file }, 'not a folder');
  });

  it('tells a foreign program on the port from kyok itself', async () => {
    const other = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await finds('listener', { KYOK_LISTEN: `127.0.0.1:${port}` }, 'another program');
    other.close();
    const server = await realServer();
    const beside = await examined({ KYOK_LISTEN: new URL(server.endpoint).host, KYOK_DATA_DIR: server.dataDir });
    expect(rowOf(beside, 'listener')).toMatchObject({ verdict: 'OK', found: expect.stringContaining('a kyok server') });
    await server.stop();
  });

  it('names a database that does not answer, without its password', async () => {
    const { out, err } = await finds('database', { KYOK_DATABASE_URL: 'postgres://kyok:S3CRET@127.0.0.1:1/kyok' }, '127.0.0.1:1');
    expect(out + err).not.toContain('S3CRET');
  });

  it('sees that the clock went back', async () => {
    const dataDir = join(scratch, 'tomorrow');
    mkdirSync(dataDir, { mode: 0o700 });
    writeFileSync(join(dataDir, 'kyok.db'), '');
    const tomorrow = Date.now() / 1000 + 86_400;
    utimesSync(join(dataDir, 'kyok.db'), tomorrow, tomorrow);
    await finds('clock', { KYOK_DATA_DIR: dataDir }, 'files here are from');
  });

  it('says how to get a native module that is not there', async () => {
    const copy = join(scratch, 'copy');
    mkdirSync(join(copy, 'node_modules'), { recursive: true });
    cpSync('dist', join(copy, 'dist'), { recursive: true });
    cpSync('package.json', join(copy, 'package.json'));
    for (const name of readdirSync('node_modules')) {
      if (name !== 'sqlite3') symlinkSync(join(process.cwd(), 'node_modules', name), join(copy, 'node_modules', name));
    }
    const ran = await run([join(copy, 'dist/cli/kyok.js'), '--output', 'json', 'doctor'], sound);
    expect(ran.code).toBe(10);
    expect(rowOf(ran, 'sqlite3')).toMatchObject({ verdict: 'PROBLEM', advice: expect.stringContaining('npm rebuild sqlite3') });
  });

  it('compares versions by their numbers', () => {
    for (const version of ['20.19.0', '20.20.2', '22.1.0', '24.0.0']) expect(reaches(version, '>=20.19'), version).toBe(true);
    for (const version of ['20.9.0', '18.20.0']) expect(reaches(version, '>=20.19'), version).toBe(false);
  });
});
