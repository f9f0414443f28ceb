/** The built server with its crypto units, as processes that can be killed, held up and watched. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'dist/cli/kyok.js');
const startMilliseconds = 180_000;
const linesKept = 400;

/** A running server. */
export interface KyokProcess {
  readonly endpoint: string;
  readonly pid: number;
  /** Processes of its crypto units that live now; Linux only. */
  unitPids(): readonly number[];
  /** Whether it still runs. */
  isAlive(): boolean;
  /** What it wrote last, for whoever looks into a failure. */
  lines(): readonly string[];
  /** SIGKILL; resolves when server and units are gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starting ended before the server was ready. */
export class NotStarted extends Error {}

/** A start that may be cut short. */
export interface Starting {
  readonly pid: number;
  /** @throws NotStarted */
  readonly ready: Promise<KyokProcess>;
  kill(): Promise<void>;
}

/** The environment without settings of whoever runs this. */
function cleanEnv(more: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('KYOK_') && name !== 'NODE_OPTIONS');
  return { ...(Object.fromEntries(own) as Record<string, string>), ...more };
}

/** Starts `kyok serve` on a free port. */
export function startKyok(settings: Readonly<Record<string, string>>): Starting {
  if (!existsSync(command)) throw new Error('dist/cli/kyok.js is not built: run "npm run build" first');
  const env = cleanEnv({ KYOK_LISTEN: '127.0.0.1:0', KYOK_LOG_LEVEL: 'warn', ...settings });
  const child = spawn(process.execPath, [command, 'serve'], { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const killNow = () => void child.kill('SIGKILL');
  process.once('exit', killNow);
  void ended.then(() => process.off('exit', killNow));
  const pid = child.pid ?? 0;
  const kill = async (): Promise<void> => {
    const units = unitsOf(pid);
    child.kill('SIGKILL');
    await ended;
    await gone(units);
  };
  const ready = endpointOf(child, said).then(
    (endpoint): KyokProcess => ({
      endpoint,
      pid,
      unitPids: () => unitsOf(pid),
      isAlive: () => child.exitCode === null && child.signalCode === null,
      lines: () => said,
      kill,
      stop: async () => {
        child.kill('SIGTERM');
        return await ended;
      },
    }),
  );
  ready.catch(() => undefined);
  return { pid, ready, kill };
}

/** @throws NotStarted */
function endpointOf(child: ChildProcess, said: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said.push(...chunk.toString('utf8').split('\n').filter(Boolean));
      if (said.length > linesKept) said.splice(0, said.length - linesKept);
      const endpoint = said.flatMap((line) => /^kyok is ready at (\S+)$/.exec(line)?.[1] ?? [])[0];
      if (endpoint) resolve(endpoint);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code, signal) =>
      reject(new NotStarted(`the server ended (${code ?? signal}) before it was ready:\n${said.join('\n')}`)),
    );
    setTimeout(
      () => reject(new NotStarted(`the server was not ready within ${startMilliseconds} ms:\n${said.join('\n')}`)),
      startMilliseconds,
    ).unref();
  });
}

/** Child processes, as Linux tells them. */
function unitsOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Units end by themselves when the server they speak to is gone. */
async function gone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (const pid of pids) {
    while (lives(pid)) {
      if (performance.now() > deadline) throw new Error(`crypto unit ${pid} outlived its server by 20 s`);
      await wait(5);
    }
  }
}

/** Whether a process is there and not a zombie. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
