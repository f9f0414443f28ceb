/** A PostgreSQL for tests: the one of KYOK_TEST_DATABASE_URL, or a private cluster from Debian's binaries. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

export interface TestPostgres {
  /** URL of a new, empty database. */
  newDatabase(): Promise<string>;
  /** Shuts down at once, as a power cut would, and starts again; not for the one of KYOK_TEST_DATABASE_URL. */
  crash?(): Promise<void>;
  stop(): Promise<void>;
}

const debianFolder = '/usr/lib/postgresql';

function binaries(): string | undefined {
  if (!existsSync(debianFolder)) return undefined;
  const versions = readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(debianFolder, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')));
}

/** Whether `startPostgres` can work on this machine. */
export const hasPostgres: boolean = process.env['KYOK_TEST_DATABASE_URL'] !== undefined || binaries() !== undefined;

export async function startPostgres(): Promise<TestPostgres> {
  const url = process.env['KYOK_TEST_DATABASE_URL'];
  if (url !== undefined) return { newDatabase: () => createDatabase(url), stop: async () => {} };
  return await startCluster();
}

async function startCluster(): Promise<TestPostgres> {
  const bin = binaries();
  if (!bin) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'kyok-postgres-'));
  const owner = unprivilegedUser();
  if (owner) chownSync(folder, owner.uid, owner.gid);
  // A locale that sorts unlike bytes: the store must not depend on it.
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en'];
  const dataFolder = join(folder, 'data');
  await promisify(execFile)(join(bin, 'initdb'), ['-D', dataFolder, '-U', 'kyok', '--auth=trust', ...locale], { cwd: folder, ...owner });
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`].flatMap((setting) => [
    '-c',
    setting,
  ]);
  const start = () => spawn(join(bin, 'postgres'), ['-D', dataFolder, ...settings], { cwd: folder, stdio: 'ignore', ...owner });
  let server = start();
  const end = async (signal: 'SIGINT' | 'SIGQUIT') => {
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  const killServer = () => void server.kill('SIGQUIT');
  process.once('exit', killServer);
  const url = `postgres://kyok@127.0.0.1:${port}/postgres`;
  await answering(url);
  return {
    newDatabase: () => createDatabase(url),
    crash: async () => {
      await end('SIGQUIT');
      server = start();
      await answering(url);
    },
    stop: async () => {
      process.off('exit', killServer);
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (kind: string) => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await execute(url, 'SELECT 1');
    } catch (error) {
      if (attempt >= 100) throw error;
      await wait(100);
    }
  }
}

async function createDatabase(url: string): Promise<string> {
  const name = `kyok_${randomUUID().replaceAll('-', '')}`;
  await execute(url, `CREATE DATABASE ${name}`);
  const made = new URL(url);
  made.pathname = `/${name}`;
  return made.href;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
