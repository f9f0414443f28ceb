/** The built server as a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, processTree, residentMebibytes } from './processes.mjs';

const command = fileURLToPath(new URL('../dist/cli/kyok.js', import.meta.url));
const startSeconds = 60;

/** What is left to take away when the bench is ended in the middle. */
const folders = new Set();
const servers = new Set();
process.once('exit', () => {
  for (const child of servers) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** Runs the work with a data folder that is thrown away after it. @template T @param {(folder: string) => Promise<T>} work */
export async function withFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'kyok-bench-'));
  folders.add(folder);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the work with a server on this folder. @template T @param {string} folder @param {(server: Server) => Promise<T>} work */
export async function withServer(folder, work) {
  const server = await startServer(folder);
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */

async function startServer(folder) {
  const began = performance.now();
  const child = spawn(process.execPath, [...profiling(), command, 'serve'], {
    env: { PATH: process.env.PATH, KYOK_DATA_DIR: folder, KYOK_LISTEN: '127.0.0.1:0', KYOK_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  servers.add(child);
  const ended = new Promise((resolve) => child.once('exit', resolve)).finally(() => servers.delete(child));
  const endpoint = await readyAt(child).catch(async (error) => {
    child.kill('SIGKILL');
    await ended;
    throw error;
  });
  const startedInSeconds = (performance.now() - began) / 1000;
  const tree = () => processTree(child.pid);
  return {
    endpoint,
    startedInSeconds,
    token: readFileSync(join(folder, 'admin.key'), 'utf8').trim(),
    cpuSeconds: () => cpuSeconds(tree()),
    pids: tree,
    residentMebibytes: () => residentMebibytes(tree()),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** KYOK_BENCH_PROFILE names a folder for CPU profiles of the server. */
function profiling() {
  const folder = process.env.KYOK_BENCH_PROFILE;
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
}

function readyAt(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const endpoint = /kyok is ready at (\S+)\n/.exec(said)?.[1];
      if (endpoint) resolve(endpoint);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    setTimeout(() => reject(new Error(`the server was not ready within ${startSeconds} s`)), startSeconds * 1000).unref();
  });
}
