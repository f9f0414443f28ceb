/**
 * Sends random frames to a real crypto unit: it answers with an error or ends cleanly, serves no wrong answer, and keeps
 * its memory within bounds; whoever comes next is served.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@msgpack/msgpack';
import { errorCatalogue } from '../../src/domain/errors.js';
import { type Chance, chanceOf } from './chance.js';
import type { Found, Fuzzed } from './graphql.js';
import { residentMegabytes } from './memory.js';

const program = fileURLToPath(new URL('../../dist/hsm/units/unit-main.js', import.meta.url));
const mostMegabytes = 700;
const longestSeconds = 30;
const plaintext = new TextEncoder().encode('what is known to be inside');
const context = { keyId: '11111111-1111-4111-8111-111111111111', version: 1, vaultId: null };
/** Methods that would take the unit's master key away; the fuzzer asks for them too, and starts a new unit then. */
const endsState = ['start', 'initialise', 'activate', 'receive', 'destroyed'];

/** Frames of the seeds from `first` on, until the time is over or `cases` are done. */
export async function fuzzUnits(first: number, seconds: number, cases: number): Promise<Fuzzed> {
  const found: Found[] = [];
  const deadline = performance.now() + seconds * 1_000;
  let done = 0;
  let lives = 0;
  let most = 0;
  while (performance.now() < deadline && done < cases && found.length < 10) {
    const bench = await newBench();
    lives += 1;
    while (!bench.unit.isOver() && !bench.isSpent && performance.now() < deadline && done < cases) {
      const seed = first + done;
      done += 1;
      const frame = frameOf(chanceOf(seed), bench);
      const problem = await bench.problemWith(frame);
      if (problem !== undefined) found.push({ seed, what: problem, input: Buffer.from(frame).toString('hex').slice(0, 2_000) });
      if (done % 20 === 0) most = Math.max(most, residentMegabytes(bench.unit.pid));
      if (most > mostMegabytes) found.push({ seed, what: `the unit holds ${most} MB`, input: '' });
      if (found.length >= 10) break;
    }
    await bench.unit.stop();
  }
  return { cases: done, found, notes: `${lives} units, largest ${most} MB` };
}

interface Unit {
  readonly pid: number | undefined;
  send(frame: Uint8Array): void;
  ask(method: string, ...args: readonly unknown[]): Promise<unknown>;
  /** The next reply of this number; `null` when the unit closed first. */
  reply(id: number): Promise<readonly unknown[] | null>;
  isOver(): boolean;
  stop(): Promise<void>;
  /** How it ended, when not as it should. */
  crash(): Promise<string | undefined>;
}

function startUnit(): Unit {
  const child: ChildProcess = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const stream = child.stdio[3] as Duplex;
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const waiting = new Map<number, (reply: readonly unknown[] | null) => void>();
  const strange: string[] = [];
  let buffered = Buffer.alloc(0);
  let isOver = false;
  const over = () => {
    isOver = true;
    for (const resolve of waiting.values()) resolve(null);
    waiting.clear();
  };
  const ended = new Promise<string>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? String(code)))).finally(over);
  stream.on('error', over).on('close', over).on('end', over);
  stream.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 4 && buffered.length >= 4 + buffered.readUInt32BE(0)) {
      const length = buffered.readUInt32BE(0);
      const value = decode(buffered.subarray(4, 4 + length));
      buffered = buffered.subarray(4 + length);
      const problem = strangenessOf(value);
      if (problem !== undefined) strange.push(problem);
      const [id] = value as [number];
      waiting.get(id)?.(value as readonly unknown[]);
      waiting.delete(id);
    }
  });
  let lastId = 1_000_000;
  const reply = (id: number) =>
    new Promise<readonly unknown[] | null>((resolve) => {
      if (isOver) resolve(null);
      else waiting.set(id, resolve);
    });
  return {
    pid: child.pid,
    send: (frame) => void (isOver || stream.write(frame)),
    reply,
    ask: async (method, ...args) => {
      lastId += 1;
      const answer = reply(lastId);
      if (!isOver) stream.write(framed(encode([lastId, method, args])));
      const [, status, value] = (await answer) ?? [];
      if (status !== 'ok') throw new Error(`${method}: ${String(status)} ${String(value)}`);
      return value;
    },
    isOver: () => isOver,
    stop: async () => {
      stream.end();
      stream.destroy();
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    },
    crash: async () => {
      if (strange.length > 0) return strange.join('; ');
      if (!isOver) return undefined;
      stream.destroy();
      const how = await ended;
      return how === '0' && said === '' ? undefined : `the unit ended with ${how}: ${said.slice(0, 200)}`;
    },
  };
}

/** A reply is [id, 'ok', value] or [id, 'error', code, details], and nothing of the inside leaves with it. */
function strangenessOf(value: unknown): string | undefined {
  const [, status, code] = Array.isArray(value) ? (value as unknown[]) : [];
  if (status === 'ok') return undefined;
  if (status !== 'error' || typeof code !== 'string' || !Object.hasOwn(errorCatalogue, code))
    return `a strange reply: ${JSON.stringify(value).slice(0, 200)}`;
  const details = JSON.stringify((value as unknown[])[3]);
  return /\bat |\.js|node:|Error:/.test(details) ? `a reply tells of the inside: ${details.slice(0, 200)}` : undefined;
}

interface Bench {
  readonly unit: Unit;
  /** Requests that are right, to make wrong ones of. */
  readonly requests: readonly (readonly [string, readonly unknown[]])[];
  /** A request may have changed its master key: what it answers from now on is no longer known. */
  isSpent: boolean;
  problemWith(frame: Uint8Array): Promise<string | undefined>;
}

async function newBench(): Promise<Bench> {
  const unit = startUnit();
  await unit.ask('start', { sealedState: null, deviceKey: null });
  await unit.ask('initialise', '22222222-2222-4222-8222-222222222222');
  const keyOf = async (algorithm: string, size: string, usages: readonly string[]) =>
    ((await unit.ask('generateKey', { algorithm, size }, { usages, extractable: true }, context)) as { blob: Uint8Array }).blob;
  const aes = { blob: await keyOf('AES', '256', ['ENCRYPT', 'DECRYPT', 'WRAP', 'UNWRAP']), context };
  const ec = { blob: await keyOf('EC', 'P-256', ['SIGN', 'VERIFY', 'DERIVE']), context };
  const only = async (method: string, ...args: readonly unknown[]) =>
    ((await unit.ask(method, ...args)) as { data: Uint8Array }[])[0]?.data;
  const ciphertext = await only('encrypt', aes, 'AES_GCM', [{ data: plaintext }]);
  const signature = await only('sign', ec, 'ECDSA_SHA256', [plaintext]);
  const wrapped = await unit.ask('wrapKey', aes, ec, 'AES_KWP');
  const { publicKey } = (await unit.ask('inspect', ec)) as { publicKey: Uint8Array };
  const spec = { algorithm: 'AES', size: '256' };
  const attributes = { usages: ['ENCRYPT'], extractable: false };
  const requests: [string, readonly unknown[]][] = [
    ['decrypt', [aes, 'AES_GCM', [{ data: ciphertext }]]],
    ['decrypt', [aes, 'AES_GCM', [{ data: ciphertext }, { data: ciphertext }]]],
    ['verify', [ec, 'ECDSA_SHA256', [{ data: plaintext, signature }]]],
    ['encrypt', [aes, 'AES_GCM', [{ data: plaintext, aad: plaintext }]]],
    ['encrypt', [aes, 'AES_CBC', [{ data: plaintext }]]],
    ['sign', [ec, 'ECDSA_SHA256', [plaintext]]],
    ['unwrapKey', [aes, wrapped, 'AES_KWP', { algorithm: 'EC', size: 'P-256' }, { usages: ['SIGN'], extractable: false }, context]],
    ['wrapKey', [aes, ec, 'AES_KWP']],
    ['deriveKey', [ec, publicKey, plaintext, spec, attributes, context]],
    ['generateKey', [spec, attributes, context]],
    ['exportKey', [ec, 'RSA_AES_KWP_SHA256', publicKey]],
    ['inspect', [ec]],
    ['reencipher', [aes]],
    ['forget', [[context.keyId]]],
    ['generateRandom', [32]],
    ['digest', ['SHA-256', plaintext]],
    ['registers', []],
    ['importerPublicKey', []],
    ['loadPart', [1, 2, ciphertext]],
    ['commit', [signature?.slice(0, 32)]],
    ['clearNew', []],
    ['share', [publicKey]],
    ['receive', [ciphertext, signature?.slice(0, 32)]],
    ['sealNew', ['22222222-2222-4222-8222-222222222222', signature?.slice(0, 32)]],
  ];
  const bench: Bench = {
    unit,
    requests,
    isSpent: false,
    problemWith: async (frame) => {
      const asked = requestIn(frame);
      const answer = asked ? unit.reply(asked.id) : undefined;
      unit.send(frame);
      if (asked && endsState.includes(asked.method)) bench.isSpent = true;
      const reply = await within(answer ?? settledOf(unit));
      if (reply === 'LATE') return `no answer within ${longestSeconds} s`;
      const crash = await unit.crash();
      if (crash !== undefined || unit.isOver() || bench.isSpent) return crash;
      return wrongAnswer(asked, reply) ?? (await control());
    },
  };
  const control = async () => {
    const answer = await within(unit.ask('decrypt', aes, 'AES_GCM', [{ data: ciphertext }]).catch((error: unknown) => String(error)));
    // A frame that ended in the middle makes one of the next: the unit may close for it, and must not answer otherwise.
    if (unit.isOver()) return await unit.crash();
    const [item] = Array.isArray(answer) ? (answer as { ok: boolean; data?: Uint8Array }[]) : [];
    return item?.ok && isPlaintext(item.data) ? undefined : `the next request was not served: ${JSON.stringify(answer).slice(0, 200)}`;
  };
  return bench;
}

/** A decryption that succeeds gives what was encrypted, and a signature that verifies is the one that was made. */
function wrongAnswer(asked: Asked | undefined, reply: unknown): string | undefined {
  const [, status, value] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (!asked || status !== 'ok') return undefined;
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  if (asked.method === 'decrypt') {
    const bad = items.some((item) => (item as { ok?: boolean })?.ok === true && !isPlaintext((item as { data?: Uint8Array }).data));
    return bad ? 'a decryption gave something else' : undefined;
  }
  if (asked.method !== 'verify') return undefined;
  const given = (asked.args[2] ?? []) as { data?: unknown }[];
  const bad = items.some((verdict, index) => verdict === true && !isPlaintext(given[index]?.data));
  return bad ? 'a signature verified for other data' : undefined;
}

function isPlaintext(value: unknown): boolean {
  return value instanceof Uint8Array && Buffer.from(value).equals(Buffer.from(plaintext));
}

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The request of a frame that a unit answers; nothing for what it must not answer. */
function requestIn(frame: Uint8Array): Asked | undefined {
  try {
    const view = Buffer.from(frame);
    if (view.readUInt32BE(0) !== view.length - 4) return undefined;
    const [id, method, args] = decode(view.subarray(4)) as [unknown, unknown, unknown];
    if (typeof id !== 'number' || typeof method !== 'string' || !Array.isArray(args)) return undefined;
    return { id, method, args };
  } catch {
    return undefined;
  }
}

/** Without an answer to wait for: the time a unit needs to look at what came. */
async function settledOf(unit: Unit): Promise<null> {
  if (!unit.isOver()) await unit.ask('registers').catch(() => null);
  return null;
}

async function within<T>(work: Promise<T>): Promise<T | 'LATE'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'LATE'>((resolve) => {
    timer = setTimeout(() => resolve('LATE'), longestSeconds * 1_000);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function frameOf(chance: Chance, { requests }: Bench): Uint8Array {
  const [method, args] = chance.pick(requests);
  const id = chance.below(1_000);
  // What is no request ends the connection, and a new unit takes half a second: mostly the arguments are changed.
  let given: unknown = args;
  for (let times = chance.below(4); times > 0; times -= 1) given = changed(chance, given);
  const body = chance.onceIn(25) ? changed(chance, [id, method, given]) : [id, method, Array.isArray(given) ? given : [given]];
  let bytes: Uint8Array;
  try {
    bytes = encode(body, { maxDepth: 2_000 });
  } catch {
    bytes = chance.bytes(chance.below(200));
  }
  if (chance.onceIn(100)) bytes = new Uint8Array(chance.pick([1, 1_000, 60_000])).fill(chance.pick([0x91, 0x81, 0xdd, 0xc1, 0xdf, 0xff]));
  if (chance.onceIn(20)) bytes = bytes.map((byte) => (chance.onceIn(60) ? chance.below(256) : byte));
  if (chance.onceIn(50)) bytes = bytes.slice(0, chance.below(bytes.length + 1));
  const frame = framed(bytes);
  if (chance.onceIn(25))
    new DataView(frame.buffer).setUint32(0, chance.pick([0, 1, bytes.length + 1, 0xffffffff, 16 * 1024 * 1024 + 1, chance.below(2 ** 31)]));
  return frame;
}

function framed(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, 4);
  return frame;
}

/** The value with one place in it changed. */
function changed(chance: Chance, value: unknown): unknown {
  if (value instanceof Uint8Array) return changedBytes(chance, value);
  if (Array.isArray(value) && value.length > 0 && !chance.onceIn(8)) {
    const at = chance.below(value.length);
    if (chance.onceIn(12)) return value.filter((_, index) => index !== at);
    if (chance.onceIn(12)) return [...value, ...value];
    return value.map((item, index) => (index === at ? changed(chance, item) : item));
  }
  if (typeof value === 'object' && value !== null && !chance.onceIn(8)) {
    const names = Object.keys(value);
    if (names.length === 0 || chance.onceIn(10))
      return { ...value, [chance.pick(['__proto__', 'constructor', 'toString', 'length', 'x'])]: odd(chance) };
    const at = chance.pick(names);
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, name === at ? changed(chance, item) : item]));
  }
  return odd(chance);
}

function changedBytes(chance: Chance, value: Uint8Array): Uint8Array {
  if (chance.onceIn(5) || value.length === 0) return chance.bytes(chance.pick([0, 1, 16, 32, 33, 500]));
  if (chance.onceIn(3)) return value.slice(0, chance.below(value.length));
  const at = chance.below(value.length);
  return value.map((byte, index) => (index === at ? byte ^ (1 << chance.below(8)) : byte));
}

function odd(chance: Chance): unknown {
  const values: readonly (() => unknown)[] = [
    () => null,
    () => true,
    () => -1,
    () => 2 ** 53,
    () => 1.5,
    () => Number.NaN,
    () => 1e9,
    () => '',
    () => 'constructor',
    () => '__proto__',
    () => 'x'.repeat(10_000),
    () => [],
    () => ({}),
    () => chance.bytes(40),
    () => new Date(0),
    () => Array.from({ length: 5_000 }, () => 0),
    () => Array.from({ length: 200 }).reduce<unknown>((inner) => [inner], 'deep'),
    () => chance.pick(['AES_GCM', 'RSA_OAEP_SHA256', 'ECDSA_SHA512', 'AES', 'RSA', 'SIGN', '4096']),
  ];
  return chance.pick(values)();
}
