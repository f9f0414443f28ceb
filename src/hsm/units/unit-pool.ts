/** Keeps crypto units running: starts them, brings back dead ones, gives them the master key, spreads requests over them. */
import { setTimeout as delay } from 'node:timers/promises';
import { EstateError } from '../../domain/errors.js';
import type { MasterKeyRegisters } from '../contract.js';
import type { Engine, EngineKind, StartInput } from '../engine.js';
import { gate } from '../gate.js';
import type { SealedStateStore } from '../soft/sealed-state.js';
import { type UnitMethod, unitMethods } from './protocol.js';
import { startUnitProcess, UnitGone, type UnitProcess } from './unit-process.js';

/** Where units report what no caller can be told. */
export interface UnitLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface UnitPoolOptions {
  readonly units: number;
  /** Which engine the units host. */
  readonly engine: EngineKind;
  /** What opens the sealed state, or holds the master key itself. */
  readonly access: Pick<StartInput, 'deviceKey' | 'token'>;
  /** Variables of the environment that a unit gets besides PATH and HOME: what a PKCS#11 module is configured by. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly sealedState: SealedStateStore;
  readonly log: UnitLog;
  readonly entry?: string;
  /** Longest wait of a request for a unit to come back. */
  readonly waitSeconds: number;
}

/** One unit: its number stays, its process may change. */
export interface Unit {
  readonly number: number;
  readonly process: UnitProcess | null;
  /** Started and ready for requests. */
  readonly isRunning: boolean;
  readonly isSealed: boolean;
  readonly restarts: number;
}

export interface UnitPool {
  readonly units: readonly Unit[];
  /** Sends a request to one unit; repeats it on another when its unit dies and the method allows it. */
  call<Method extends UnitMethod>(method: Method, ...args: Parameters<Engine[Method]>): ReturnType<Engine[Method]>;
  /** Sends a step of a ceremony to all units, one step at a time; after half a success the new registers are cleared. */
  callAll<Result>(call: (unit: UnitProcess, number: number) => Promise<Result>): Promise<readonly Result[]>;
  /** Like `callAll`, inside a step that runs alone. */
  callAllWithin<Result>(call: (unit: UnitProcess, number: number) => Promise<Result>): Promise<readonly Result[]>;
  /**
   * Runs a step alone among those that move master keys or change the sealed state; no unit starts meanwhile. It gets a unit
   * that answers; when that one dies, the whole step is done again with another.
   */
  alone<Result>(step: (unit: UnitProcess) => Promise<Result>): Promise<Result>;
  /** Gives the units a newer memory; one that does not take it is ended, and reads the sealed state when it comes back. */
  adoptMemory(sealed: Uint8Array): Promise<void>;
  /** Sends to whatever processes there are; a dead one counts as done. */
  tellAll(call: (unit: UnitProcess) => Promise<unknown>): Promise<void>;
  /** Notes what a step did to the units' seals. */
  noteRegisters(registers: MasterKeyRegisters): void;
  close(): Promise<void>;
}

type Slot = { -readonly [Field in keyof Unit]: Unit[Field] } & { backOffMilliseconds: number };

const maxAttempts = 3;
const leastBackOff = 50;
const mostBackOff = 5_000;
/** A unit that lived this long has earned a quick restart. */
const steadyMilliseconds = 30_000;
const pollMilliseconds = 10;
/** A device key's command may take half of it. */
const startMilliseconds = 60_000;
const closeMilliseconds = 2_000;
const pulseMilliseconds = 5_000;
const deadlineMilliseconds = 30_000;

/**
 * Starts the first unit, lets `prepare` work on it (a fresh instance is initialised there), then the others.
 * @throws EstateError what the first start of a unit threw, for example for a device key that opens nothing.
 */
export async function unitPool(options: UnitPoolOptions, prepare: (pool: UnitPool) => Promise<void>): Promise<UnitPool> {
  const slots: Slot[] = Array.from({ length: options.units }, (_, i) => ({
    number: i + 1,
    process: null,
    isRunning: false,
    isSealed: true,
    restarts: 0,
    backOffMilliseconds: leastBackOff,
  }));
  const keeper = unitKeeper(options, slots);
  const pool: UnitPool = { units: slots, ...requests(options, slots, keeper), close: keeper.close };
  try {
    await keeper.bringUp(slots[0] as Slot);
    await prepare(pool);
    await Promise.all(slots.slice(1).map((slot) => keeper.bringUp(slot)));
    return pool;
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

interface Keeper {
  /** Runs steps that move master keys one after the other. */
  readonly oneAtATime: ReturnType<typeof gate>;
  bringUp(slot: Slot): Promise<void>;
  isClosing(): boolean;
  close(): Promise<void>;
}

function unitKeeper(options: UnitPoolOptions, slots: readonly Slot[]): Keeper {
  const oneAtATime = gate(1);
  let isClosing = false;
  const bringUp = async (slot: Slot): Promise<void> => {
    const startedAt = performance.now();
    const unit = startUnitProcess({
      ...(options.entry === undefined ? {} : { entry: options.entry }),
      engine: options.engine,
      environment: options.environment ?? {},
      onLine: (line) => options.log.warn({ unit: slot.number }, line),
    });
    slot.process = unit;
    const late = setTimeout(() => unit.stop('kill'), startMilliseconds);
    try {
      const registers = await oneAtATime(() => giveMasterKey(options, slots, unit));
      slot.isSealed = registers.current.state === 'EMPTY';
      slot.isRunning = true;
    } catch (error) {
      unit.stop('kill');
      await unit.ended;
      slot.process = null;
      throw error instanceof UnitGone ? new EstateError('HSM_UNAVAILABLE', { unit: slot.number }, { cause: error }) : error;
    } finally {
      clearTimeout(late);
    }
    void unit.ended.then(() => {
      slot.isRunning = false;
      slot.isSealed = true;
      slot.process = null;
      if (performance.now() - startedAt > steadyMilliseconds) slot.backOffMilliseconds = leastBackOff;
      return bringBack(slot);
    });
  };
  const bringBack = async (slot: Slot): Promise<void> => {
    while (!isClosing) {
      slot.restarts += 1;
      options.log.warn({ unit: slot.number, restarts: slot.restarts }, 'crypto unit ended; it is started again');
      await delay(slot.backOffMilliseconds);
      slot.backOffMilliseconds = Math.min(slot.backOffMilliseconds * 2, mostBackOff);
      if (isClosing) return;
      try {
        await bringUp(slot);
        if (slot.isSealed) options.log.error({ unit: slot.number }, 'crypto unit came back sealed; bring the master key: kyok hsm unseal');
        return;
      } catch (error) {
        options.log.error({ unit: slot.number, err: error }, 'crypto unit could not be started');
      }
    }
  };
  const pulse = watchPulses(options, slots);
  return {
    oneAtATime,
    bringUp,
    isClosing: () => isClosing,
    async close() {
      isClosing = true;
      clearInterval(pulse);
      await Promise.all(slots.flatMap((slot) => (slot.process ? [endUnit(slot.process)] : [])));
    },
  };
}

/** The master key comes from the sealed state, or else from a sibling; without either the unit stays sealed. */
async function giveMasterKey(options: UnitPoolOptions, slots: readonly Slot[], unit: UnitProcess): Promise<MasterKeyRegisters> {
  const sealedState = await options.sealedState.load();
  const registers = await unit.call('start', { sealedState, ...options.access });
  // Units of a token have their master key from there, or there is none.
  if (options.engine === 'pkcs11') return registers;
  const sibling = slots.find((slot) => isReady(slot) && !slot.isSealed)?.process;
  if (!sibling || !sealedState) return registers;
  const isRotating = (await sibling.call('registers')).new.state === 'FULL_COMMITTED';
  if (registers.current.state === 'VALID' && !isRotating) return registers;
  const shared = await sibling.call('share', await unit.call('importerPublicKey'));
  return unit.call('receive', shared, sealedState.verificationPattern);
}

/** A unit that answers nothing for long is ended: its requests go to another, and it comes back. */
function watchPulses(options: UnitPoolOptions, slots: readonly Slot[]): NodeJS.Timeout {
  const feel = async (slot: Slot, unit: UnitProcess): Promise<void> => {
    const late = setTimeout(() => {
      options.log.error({ unit: slot.number }, 'crypto unit does not answer; it is ended');
      unit.stop('kill');
    }, deadlineMilliseconds);
    await unit.call('registers').catch(() => undefined);
    clearTimeout(late);
  };
  const timer = setInterval(() => {
    for (const slot of slots) if (slot.isRunning && slot.process) void feel(slot, slot.process);
  }, pulseMilliseconds);
  return timer.unref();
}

async function endUnit(unit: UnitProcess): Promise<void> {
  unit.stop('close');
  const late = setTimeout(() => unit.stop('kill'), closeMilliseconds);
  await unit.ended;
  clearTimeout(late);
}

function requests(options: UnitPoolOptions, slots: readonly Slot[], keeper: Keeper): Omit<UnitPool, 'units' | 'close'> {
  const waitFor = async <Found>(find: () => Found | undefined): Promise<Found> => {
    const deadline = performance.now() + options.waitSeconds * 1000;
    for (let found = find(); ; found = find()) {
      if (found !== undefined) return found;
      if (keeper.isClosing() || performance.now() > deadline) throw new EstateError('HSM_UNAVAILABLE');
      await delay(pollMilliseconds);
    }
  };
  const send = async (method: UnitMethod, args: readonly unknown[]): Promise<unknown> => {
    for (let attempt = 1; ; attempt += 1) {
      const unit = leastBusy(slots) ?? (await waitFor(() => leastBusy(slots)));
      try {
        return await (unit.call as (method: UnitMethod, ...args: readonly unknown[]) => Promise<unknown>)(method, ...args);
      } catch (error) {
        if (!(error instanceof UnitGone)) throw error;
        // A request that ends every unit it meets must not end them all for ever.
        if (!unitMethods[method].isRepeatable || attempt >= maxAttempts) throw new EstateError('HSM_UNAVAILABLE', {}, { cause: error });
      }
    }
  };
  return {
    call: ((method: UnitMethod, ...args: readonly unknown[]) => send(method, args)) as UnitPool['call'],
    async callAll(call) {
      await waitFor(() => (slots.every(isReady) ? true : undefined));
      return keeper.oneAtATime(() => onEach(slots, call));
    },
    callAllWithin: (call) => onEach(slots, call),
    async alone(step) {
      for (let attempt = 1; ; attempt += 1) {
        // Waited for before the turn is taken: a unit that comes back needs a turn itself.
        await waitFor(() => leastBusy(slots));
        try {
          return await keeper.oneAtATime(async () => {
            const unit = leastBusy(slots);
            if (!unit) throw new UnitGone();
            return await step(unit);
          });
        } catch (error) {
          if (!(error instanceof UnitGone)) throw error;
          if (attempt >= maxAttempts) throw new EstateError('HSM_UNAVAILABLE', {}, { cause: error });
        }
      }
    },
    async adoptMemory(sealed) {
      const running = slots.flatMap((slot) => (slot.process ? [{ slot, unit: slot.process }] : []));
      await Promise.all(
        running.map(async ({ slot, unit }) => {
          try {
            await unit.call('adoptMemory', sealed);
          } catch (err) {
            if (err instanceof UnitGone) return;
            options.log.error({ unit: slot.number, err }, 'crypto unit did not take in what the HSM remembers; it is ended');
            unit.stop('kill');
            await unit.ended;
          }
        }),
      );
    },
    async tellAll(call) {
      const running = slots.flatMap((slot) => slot.process ?? []);
      await Promise.all(running.map((unit) => call(unit).catch(unlessGone)));
    },
    noteRegisters(registers) {
      for (const slot of slots) if (slot.isRunning) slot.isSealed = registers.current.state === 'EMPTY';
    },
  };
}

/** An unsealed unit before a sealed one, then the one with the shortest queue. */
function leastBusy(slots: readonly Slot[]): UnitProcess | undefined {
  let best: Slot | undefined;
  for (const slot of slots) if (isReady(slot) && (!best || isBetter(slot, best))) best = slot;
  return best?.process ?? undefined;
}

/** A unit that has just died is known by its socket before its process is gone. */
function isReady(slot: Slot): boolean {
  return slot.isRunning && slot.process?.isOpen() === true;
}

function isBetter(slot: Slot, best: Slot): boolean {
  if (slot.isSealed !== best.isSealed) return best.isSealed;
  return (slot.process?.inFlight() ?? 0) < (best.process?.inFlight() ?? 0);
}

async function onEach<Result>(slots: readonly Slot[], call: (unit: UnitProcess, number: number) => Promise<Result>): Promise<Result[]> {
  const units = slots.flatMap((slot) => (slot.process ? [{ unit: slot.process, number: slot.number }] : []));
  if (units.length < slots.length) throw new EstateError('HSM_UNAVAILABLE', { reason: 'UNIT_NOT_RUNNING' });
  const settled = await Promise.allSettled(units.map(({ unit, number }) => call(unit, number)));
  const failed = settled.find((result) => result.status === 'rejected');
  if (!failed) return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const isHalfDone = settled.some((result) => result.status === 'fulfilled');
  if (isHalfDone) await Promise.all(units.map(({ unit }) => unit.call('clearNew').catch(unlessGone)));
  throw failed.reason instanceof UnitGone ? new EstateError('HSM_UNAVAILABLE', { reason: 'UNIT_LOST_IN_CEREMONY' }) : failed.reason;
}

function unlessGone(error: unknown): void {
  if (!(error instanceof UnitGone)) throw error;
}
