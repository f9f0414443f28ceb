/** The built server as a process of its own, in a data folder that is thrown away. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** The built `kyok` command. */
export const kyokCommand = join(root, 'dist/cli/kyok.js');

export interface RealServer {
  readonly endpoint: string;
  readonly dataDir: string;
  /** Environment of a client on this machine. */
  readonly env: Record<string, string>;
  readonly process: ChildProcess;
  /** Sends SIGTERM and answers the exit code. */
  stop(): Promise<number | null>;
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The environment without settings of whoever runs the tests. */
function cleanEnv(more: Record<string, string>): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith('KYOK_') && name !== 'NODE_OPTIONS',
  );
  return { ...(Object.fromEntries(own) as Record<string, string>), ...more };
}

/** Starts `kyok serve` on a free port and waits until it says that it is ready; `onOutput` is told all that it writes. */
export async function realServer(settings: Record<string, string> = {}, onOutput?: (text: string) => void): Promise<RealServer> {
  if (!existsSync(kyokCommand)) throw new Error('dist/cli/kyok.js is not built: run "npm run build" first ("npm test" does)');
  const dataDir = settings.KYOK_DATA_DIR ?? mkdtempSync(join(tmpdir(), 'kyok-server-'));
  const env = cleanEnv({ KYOK_LISTEN: '127.0.0.1:0', KYOK_LOG_LEVEL: 'warn', ...settings, KYOK_DATA_DIR: dataDir });
  const child = spawn(process.execPath, [kyokCommand, 'serve'], { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => onOutput?.(chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    const endpoint = await readyEndpoint(child);
    return {
      endpoint,
      dataDir,
      env: { KYOK_ENDPOINT: endpoint, KYOK_DATA_DIR: dataDir },
      process: child,
      stop: async () => {
        child.kill('SIGTERM');
        const code = await ended;
        if (settings.KYOK_DATA_DIR === undefined) rmSync(dataDir, { recursive: true, force: true });
        return code;
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function readyEndpoint(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const endpoint = /kyok is ready at (\S+)\n/.exec(said)?.[1];
      if (endpoint) resolve(endpoint);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it was ready:\n${said}`)));
    setTimeout(() => reject(new Error(`the server was not ready within 50 s:\n${said}`)), 50_000).unref();
  });
}

/** Runs a script of this repository to its end. */
export async function run(args: readonly string[], env: Record<string, string>, stdin?: string): Promise<Ran> {
  const child = spawn(process.execPath, [...args], { env: cleanEnv(env), cwd: root, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString('utf8');
  });
  child.stdin.end(stdin ?? '');
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** Runs the built `kyok` command. */
export async function kyokProcess(args: readonly string[], env: Record<string, string>, stdin?: string): Promise<Ran> {
  return await run([kyokCommand, ...args], env, stdin);
}
