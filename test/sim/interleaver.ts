/**
 * One thing at a time: every call over a boundary, every timer and every client's next request waits here until its turn
 * is drawn, and nothing else moves until all that followed from the last one waits again. So the same draws give the
 * same history, although cryptography takes real and varying time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { Timestamp } from '../../src/domain/entity.js';
import { EstateError } from '../../src/domain/errors.js';
import { addSeconds } from '../../src/domain/time.js';
import type { Timers } from '../../src/services/timers.js';
import { type Random, random } from '../histories/random.js';
import { type Boundary, failureAt, fits, throttled } from './boundary.js';
import type { Fault, FaultKind, Plan } from './plan.js';

/** A server process as the interleaver knows it. */
export interface Process {
  readonly number: number;
  isDead: boolean;
}

interface Waiting {
  readonly process: Process | null;
  readonly boundary: Boundary;
  readonly name: string;
  /** Left alone until this step, unless nothing else can go on. */
  readonly heldUntil: number;
  readonly run: (how: Delivery) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How a request is delivered. */
export interface Delivery {
  readonly isStale: boolean;
}

interface Timer {
  readonly process: Process;
  readonly at: number;
  readonly work: () => void;
}

export interface Interleaver {
  /** Waits for its turn, and does the work. A dead process' calls never come back. */
  call<T>(process: Process | null, boundary: Boundary, name: string, work: (how: Delivery) => Promise<T>): Promise<T>;
  timersOf(process: Process): Timers;
  now(): Timestamp;
  advance(seconds: number): void;
  /** Lets one thing go on. @returns `false` when everything waits for time to pass, or nothing is left */
  step(): Promise<boolean>;
  /** Lets time pass until the next timer falls due, but no longer than so many seconds. @returns `false` when none did */
  passTime(seconds: number): Promise<boolean>;
  /** From now on nothing goes wrong. */
  calm(): void;
  /** Ends the process: what waits in it is forgotten. */
  kill(process: Process): void;
  /** The crypto unit shall be started again. */
  onRestart(restart: () => Promise<void>): void;
  readonly steps: number;
  readonly trace: readonly string[];
  /** Hex of SHA-256 over the trace. */
  traceHash(): string;
  /** How often which fault struck which boundary. */
  readonly struck: ReadonlyMap<string, number>;
}

const start: Timestamp = '2030-01-01T00:00:00.000Z';
const stepMilliseconds = 50;

export function interleaver({ faults, order }: Plan, keepsTrace: boolean): Interleaver {
  const draw: Random = random(order);
  const left: Fault[] = [...faults];
  const trace: string[] = [];
  const hash = createHash('sha256');
  const struck = new Map<string, number>();
  let waiting: Waiting[] = [];
  let timers: Timer[] = [];
  let elapsed = 0;
  let steps = 0;
  let isCalm = false;
  let restart: () => Promise<void> = async () => {};

  const note = (line: string) => {
    const text = `${steps} +${elapsed} ${line}`;
    hash.update(`${text}\n`);
    if (keepsTrace) trace.push(text);
  };

  const takeFault = (boundary: Boundary): FaultKind | undefined => {
    if (isCalm || boundary === 'client') return undefined;
    const at = left.findIndex((fault) => fault.step <= steps && fits(fault, boundary));
    const [fault] = at === -1 ? [] : left.splice(at, 1);
    if (!fault) return undefined;
    const name = `${fault.kind} at ${boundary}`;
    struck.set(name, (struck.get(name) ?? 0) + 1);
    return fault.kind;
  };

  const kill = (process: Process) => {
    process.isDead = true;
    waiting = waiting.filter((call) => call.process !== process);
    timers = timers.filter((timer) => timer.process !== process);
    note(`process ${process.number} died`);
  };

  /** The product's code comes to rest: all that can happen without a boundary has happened. */
  const rest = () => new Promise<void>((resolve) => void setImmediate(resolve));

  const deliver = async (call: Waiting, fault: FaultKind | undefined): Promise<void> => {
    const { boundary, process } = call;
    if (fault === 'slow') return void waiting.push({ ...call, heldUntil: steps + 10 + draw.below(120) });
    if (fault === 'crashBefore' && process) return kill(process);
    if (fault === 'lostRequest') return call.reject(failureAt(boundary));
    if (fault === 'throttled') return call.reject(throttled());
    if (fault === 'restart') {
      await restart();
      return call.reject(failureAt(boundary));
    }
    const settle = (done: () => void) => {
      if (process?.isDead) return;
      if (fault === 'crashAfter' && process) kill(process);
      else if (fault === 'lostReply') call.reject(failureAt(boundary));
      else done();
    };
    const reply = call.run({ isStale: fault === 'stale' }).then(
      (value) => settle(() => call.resolve(value)),
      (error: unknown) => settle(() => call.reject(error)),
    );
    // A unit works in its own time, in which nobody else moves. All other work is over when the code rests, or waits here itself.
    if (boundary === 'hsm') await reply;
    if (fault !== 'twice') return;
    const again = call.run({ isStale: false }).catch(() => undefined);
    if (boundary === 'hsm') await again;
  };

  const fire = (timer: Timer) => {
    timers.splice(timers.indexOf(timer), 1);
    note('a timer fires');
    timer.work();
  };

  return {
    call: <T>(process: Process | null, boundary: Boundary, name: string, work: (how: Delivery) => Promise<T>) => {
      if (process?.isDead) return new Promise<T>(() => {});
      // Only what begins a transaction asks in which one it stands.
      const inContext = boundary === 'store.write' || boundary === 'store.append' ? AsyncLocalStorage.snapshot() : undefined;
      return new Promise<T>((resolve, reject) => {
        const run = (how: Delivery) => (inContext ? inContext(() => work(how)) : work(how));
        waiting.push({ process, boundary, name, heldUntil: 0, run, resolve: resolve as (value: unknown) => void, reject });
      });
    },
    timersOf: (process) => ({
      milliseconds: () => elapsed,
      after: (milliseconds, work) => {
        if (process.isDead) return () => {};
        const timer: Timer = { process, at: elapsed + Math.max(1, Math.ceil(milliseconds)), work };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
    }),
    now: () => addSeconds(start, elapsed / 1000),
    advance: (seconds) => {
      elapsed += seconds * 1000;
    },
    step: async () => {
      const due = timers.filter(({ at }) => at <= elapsed);
      const free = waiting.filter(({ heldUntil }) => heldUntil <= steps);
      const calls = free.length + due.length > 0 ? free : waiting;
      if (calls.length + due.length === 0) return false;
      const chosen = draw.below(calls.length + due.length);
      steps += 1;
      elapsed += stepMilliseconds;
      const call = calls[chosen];
      if (call) {
        waiting.splice(waiting.indexOf(call), 1);
        const fault = takeFault(call.boundary);
        note(`${call.process ? `process ${call.process.number}` : 'client'} ${call.boundary} ${call.name}${fault ? `: ${fault}` : ''}`);
        await deliver(call, fault);
      } else fire(due[chosen - calls.length] as Timer);
      await rest();
      return true;
    },
    passTime: async (seconds) => {
      const next = timers.reduce<Timer | undefined>(
        (first, timer) => (first === undefined || timer.at < first.at ? timer : first),
        undefined,
      );
      if (!next || next.at > elapsed + seconds * 1000) {
        elapsed += seconds * 1000;
        return false;
      }
      elapsed = Math.max(elapsed, next.at);
      fire(next);
      await rest();
      return true;
    },
    calm: () => {
      isCalm = true;
    },
    kill,
    onRestart: (work) => {
      restart = work;
    },
    get steps() {
      return steps;
    },
    trace,
    traceHash: () => hash.copy().digest('hex'),
    struck,
  };
}

/** The code of what was thrown, for traces. */
export function codeOf(error: unknown): string {
  return error instanceof EstateError ? error.code : String(error);
}
