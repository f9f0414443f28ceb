import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { EstateError } from '../../domain/errors.js';
import type { Engine, EngineKind } from '../engine.js';
import { encodeFrame, frameWriter, maxFrameBytes, readFrames } from './frames.js';
import { asReply, type UnitMethod } from './protocol.js';

/** The unit ended before it answered. */
export class UnitGone extends Error {}

/** One running unit as the server sees it. */
export interface UnitProcess {
  readonly processId: number | null;
  /** Whether it can be spoken to; false from the moment its socket ends. */
  isOpen(): boolean;
  /** Requests that wait for an answer. */
  inFlight(): number;
  /** @throws EstateError what the engine threw · UnitGone */
  call<Method extends UnitMethod>(method: Method, ...args: Parameters<Engine[Method]>): ReturnType<Engine[Method]>;
  /** Resolves when the process is gone, however that came. */
  readonly ended: Promise<void>;
  /** Ends the process: kindly by closing its socket, or at once. */
  stop(how: 'close' | 'kill'): void;
}

export interface UnitProcessOptions {
  readonly engine: EngineKind;
  /** Variables for the module of a token. */
  readonly environment: Readonly<Record<string, string>>;
  /** Program of the unit; default the compiled `unit-main.js` beside this file. */
  readonly entry?: string;
  /** Takes a line that the unit wrote to its standard error. */
  readonly onLine: (line: string) => void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

const defaultEntry = fileURLToPath(new URL('./unit-main.js', import.meta.url));
const maxLineLength = 500;
const drainMilliseconds = 200;
/** No core file can be written, by nobody: the limit is hard, and `exec` keeps the process id. */
const withoutCoreFile = 'ulimit -c 0; exec "$0" "$@"';
/** Threads for key generation and RSA signatures: more than the engine lets make RSA keys at once. */
const threads = '6';

export function startUnitProcess(options: UnitProcessOptions): UnitProcess {
  const child = spawn(
    '/bin/sh',
    ['-c', withoutCoreFile, process.execPath, ...inspectorFlags(), options.entry ?? defaultEntry, options.engine],
    {
      // Nothing of the server's environment: no NODE_OPTIONS, no credentials. PATH and HOME are for a device key command.
      env: { ...options.environment, PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', UV_THREADPOOL_SIZE: threads },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  forwardLines(child, options.onLine);
  const stream = child.stdio[3] as Duplex;
  const write = frameWriter(stream);
  const waiting = new Map<number, Waiting>();
  const ended = endOf(child, stream, waiting);
  let lastId = 0;
  return {
    processId: child.pid ?? null,
    isOpen: () => !stream.destroyed,
    inFlight: () => waiting.size,
    call: ((method: UnitMethod, ...args: readonly unknown[]) =>
      new Promise<unknown>((resolve, reject) => {
        if (stream.destroyed) return reject(new UnitGone());
        lastId += 1;
        const frame = requestFrame(lastId, method, args);
        waiting.set(lastId, { resolve, reject });
        write(frame);
      })) as UnitProcess['call'],
    ended,
    stop(how) {
      if (how === 'kill') child.kill('SIGKILL');
      else stream.end();
    },
  };
}

/** Where Node can leave SIGUSR1 alone from its first instruction on, it does; the unit's own listener follows later. */
function inspectorFlags(): string[] {
  return process.allowedNodeEnvironmentFlags.has('--disable-sigusr1') ? ['--disable-sigusr1'] : [];
}

function requestFrame(id: number, method: UnitMethod, args: readonly unknown[]): Uint8Array {
  try {
    return encodeFrame([id, method, args]);
  } catch (cause) {
    throw new EstateError('TOO_LARGE', { maxBytes: maxFrameBytes }, { cause });
  }
}

/** Over once the process is gone and all it wrote is read. */
function endOf(child: ChildProcess, stream: Duplex, waiting: Map<number, Waiting>): Promise<void> {
  const silent = new Promise<void>((resolve) => {
    readFrames(stream, { onFrame: (value) => settle(stream, waiting, value), onEnd: () => resolve() });
  }).then(() => {
    // A unit that no longer speaks is of no use, even if its process goes on.
    child.kill('SIGKILL');
    for (const { reject } of waiting.values()) reject(new UnitGone());
    waiting.clear();
  });
  const gone = new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  }).then(() => {
    // Answers that the unit wrote before it went are still read; then nobody else may hold the socket open.
    setTimeout(() => stream.destroy(), drainMilliseconds);
  });
  return Promise.all([silent, gone]).then(() => undefined);
}

function settle(stream: Duplex, waiting: Map<number, Waiting>, value: unknown): void {
  const reply = asReply(value);
  const request = reply && waiting.get(reply[0]);
  if (!reply || !request) {
    stream.destroy();
    return;
  }
  waiting.delete(reply[0]);
  if (reply[1] === 'ok') request.resolve(reply[2]);
  else request.reject(new EstateError(reply[2], reply[3]));
}

function forwardLines(child: ChildProcess, onLine: (line: string) => void): void {
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) if (line.trim() !== '') onLine(line.slice(0, maxLineLength));
  });
}
