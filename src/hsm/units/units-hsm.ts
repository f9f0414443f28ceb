/** The HSM that the server runs: engines in processes of their own. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { EstateError } from '../../domain/errors.js';
import { everyCapability, missing } from '../capabilities.js';
import type { Hsm, HsmMemory, HsmStatus, MasterKeyCommands, MasterKeyRegisters } from '../contract.js';
import type { EngineKind, KeyUse, StartInput } from '../engine.js';
import type { TokenSource } from '../pkcs11/token.js';
import { remembering } from '../remembering.js';
import type { DeviceKeySource } from '../soft/device-key.js';
import { encryptedFor } from '../soft/parts.js';
import { type SealedStateStore, saveMemory, stateAfter } from '../soft/sealed-state.js';
import { sealedStateFile } from '../soft/sealed-state-file.js';
import { type UnitLog, type UnitPool, unitPool } from './unit-pool.js';

/** Where the device key comes from: a file that only its owner may read, or a shell command's standard output. */
export type UnitsDeviceKey = { readonly file: string } | { readonly command: string };

/** A token, and the variables of the environment by which its module is configured. */
export type UnitsToken = Omit<TokenSource, 'refusedPinFile'> & { readonly environment?: Readonly<Record<string, string>> };

export interface UnitsHsmOptions {
  /** The server's data folder; the HSM keeps `hsm/sealed-state.json` in it. */
  readonly dataDir: string;
  /** Number of crypto units, 1 to 8; default 1. */
  readonly units?: number;
  /** Opens the sealed state at every start; without one the HSM starts sealed, or asks a running sibling. */
  readonly deviceKey?: UnitsDeviceKey | null;
  /** Refuses a device key file on the same volume as this folder (production: that of the data). */
  readonly deviceKeyNotOnVolumeOf?: string;
  /** The token of a PKCS#11 module that holds the master key; without it the units hold it themselves. */
  readonly token?: UnitsToken | null;
  /**
   * Development: a fresh data folder gets a random master key made inside a unit, and, when no device key is configured,
   * a random device key in `hsm/device.key`: whoever can read the data folder then has the keys.
   */
  readonly autoInitialise?: boolean;
  /** Longest wait of a request for a unit to come back, in seconds; default 10. */
  readonly waitSeconds?: number;
  /** Program of a unit; default the compiled one beside this file. */
  readonly unitEntry?: string;
  readonly log: UnitLog;
}

const maxUnits = 8;
const emptyRegisters: MasterKeyRegisters = {
  current: { state: 'EMPTY', verificationPattern: null },
  new: { state: 'EMPTY', verificationPattern: null, partsLoaded: 0, partsTotal: 0 },
};

/**
 * Starts the units and resolves when all of them answer, sealed or not.
 * @throws EstateError MASTER_KEY_STATE_FORBIDS with `details.reason` DEVICE_KEY_…, SEALED_STATE_…, MODULE_…, TOKEN_…; HSM_UNAVAILABLE
 */
export async function unitsHsm(options: UnitsHsmOptions): Promise<Hsm> {
  const units = options.units ?? 1;
  if (!Number.isInteger(units) || units < 1 || units > maxUnits) throw new RangeError(`units must be 1 to ${maxUnits}`);
  const engine: EngineKind = options.token ? 'pkcs11' : 'soft';
  const state = sealedStateFile(path.join(options.dataDir, 'hsm', 'sealed-state.json'), engine);
  const isFresh = (await state.load()) === null;
  let capabilities = everyCapability();
  const pool = await unitPool(
    {
      units,
      engine,
      access: access(options, isFresh),
      environment: options.token?.environment ?? {},
      sealedState: state,
      log: options.log,
      waitSeconds: options.waitSeconds ?? 10,
      ...(options.unitEntry === undefined ? {} : { entry: options.unitEntry }),
    },
    async (first) => {
      capabilities = await first.call('capabilities');
      if (!isFresh || !options.autoInitialise) return;
      await state.save(await first.call('initialise', randomUUID()));
      first.noteRegisters(await first.call('registers'));
    },
  );
  return {
    ...keyUse(pool),
    status: () => statusOf(pool, state, implementationOf(options)),
    capabilities,
    masterKey: masterKeyCommands(pool, state, access(options, false)),
    memory: memoryOf(pool, state),
    close: pool.close,
  };
}

function implementationOf({ token }: UnitsHsmOptions): string {
  return `${token ? `PKCS#11 token "${token.label}"` : 'soft'}, crypto units in processes of their own`;
}

function access(options: UnitsHsmOptions, isFresh: boolean): Pick<StartInput, 'deviceKey' | 'token'> {
  if (!options.token) return { deviceKey: deviceKeySource(options, isFresh) };
  const { module, label, pinFile } = options.token;
  const refusedPinFile = path.resolve(options.dataDir, 'hsm', 'refused-pin.json');
  return { deviceKey: null, token: { module, label, pinFile: path.resolve(pinFile), refusedPinFile } };
}

function deviceKeySource(options: UnitsHsmOptions, isFresh: boolean): DeviceKeySource | null {
  const configured = options.deviceKey ?? null;
  const notOnVolumeOf = options.deviceKeyNotOnVolumeOf;
  if (configured && 'command' in configured) return configured;
  if (configured) return { file: path.resolve(configured.file), ...(notOnVolumeOf === undefined ? {} : { notOnVolumeOf }) };
  // Only a fresh folder gets a new key: a key that got lost must be seen, not replaced.
  return options.autoInitialise ? { file: path.resolve(options.dataDir, 'hsm', 'device.key'), create: isFresh } : null;
}

function keyUse(pool: UnitPool): KeyUse {
  return {
    generateRandom: (...args) => pool.call('generateRandom', ...args),
    digest: (...args) => pool.call('digest', ...args),
    generateKey: (...args) => pool.call('generateKey', ...args),
    encrypt: (...args) => pool.call('encrypt', ...args),
    decrypt: (...args) => pool.call('decrypt', ...args),
    sign: (...args) => pool.call('sign', ...args),
    verify: (...args) => pool.call('verify', ...args),
    deriveKey: (...args) => pool.call('deriveKey', ...args),
    wrapKey: (...args) => pool.call('wrapKey', ...args),
    unwrapKey: (...args) => pool.call('unwrapKey', ...args),
    exportKey: (...args) => pool.call('exportKey', ...args),
    inspect: (...args) => pool.call('inspect', ...args),
    reencipher: (...args) => pool.call('reencipher', ...args),
    forget: (keyIds) => pool.tellAll((unit) => unit.call('forget', keyIds)),
  };
}

function masterKeyCommands(pool: UnitPool, state: SealedStateStore, startWith: Pick<StartInput, 'deviceKey' | 'token'>): MasterKeyCommands {
  const noted = (all: readonly MasterKeyRegisters[]): MasterKeyRegisters => {
    const registers = all[0] ?? emptyRegisters;
    pool.noteRegisters(registers);
    return registers;
  };
  return {
    initialise: () =>
      pool.alone(async (unit) => {
        if ((await unit.call('capabilities')).ceremony) throw missing('initialise', { use: 'kyok hsm init' });
        if (await state.load()) throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason: 'ALREADY_INITIALISED' });
        await state.save(await unit.call('initialise', randomUUID()));
        const sealedState = await state.load();
        return noted(await pool.callAllWithin((each) => each.call('start', { sealedState, ...startWith })));
      }),
    importers: () => pool.callAll(async (unit, number) => ({ unit: number, publicKey: await unit.call('importerPublicKey') })),
    async loadPart(part) {
      // All units or none: looked up before the first one is asked.
      const encrypted = new Map(pool.units.map(({ number }) => [number, encryptedFor(part, number)]));
      const load = (number: number) => encrypted.get(number) ?? new Uint8Array();
      return noted(await pool.callAll((unit, number) => unit.call('loadPart', part.part, part.total, load(number))));
    },
    commit: async (verificationPattern) => noted(await pool.callAll((unit) => unit.call('commit', verificationPattern))),
    activate: (verificationPattern) =>
      pool.alone(async () => {
        const previous = await state.load();
        const instanceId = previous?.instanceId ?? randomUUID();
        // Saved first: after a crash the units would find the key that they were to have.
        const [next] = await pool.callAllWithin((unit) => unit.call('sealNew', instanceId, verificationPattern));
        if (!next) throw new EstateError('HSM_UNAVAILABLE');
        await state.save(stateAfter(previous, next));
        return noted(await pool.callAllWithin((unit) => unit.call('activate', verificationPattern)));
      }),
    clearNew: async () => noted(await pool.callAll((unit) => unit.call('clearNew'))),
  };
}

function memoryOf(pool: UnitPool, state: SealedStateStore): HsmMemory {
  return remembering({
    unit: {
      readMemory: () => pool.call('readMemory'),
      destroyedAmong: (keyIds) => pool.call('destroyedAmong', keyIds),
    },
    change: (change) =>
      pool.alone(async (unit) => {
        const sealed = await unit.call('changedMemory', change);
        if (!sealed) return;
        await saveMemory(state, sealed);
        await pool.adoptMemory(sealed);
      }),
  });
}

async function statusOf(pool: UnitPool, state: SealedStateStore, implementation: string): Promise<HsmStatus> {
  const sealedState = await state.load();
  const running = pool.units.filter((unit) => unit.isRunning);
  const speaker = running.find((unit) => !unit.isSealed) ?? running[0];
  const registers = (await speaker?.process?.call('registers').catch(() => undefined)) ?? emptyRegisters;
  return {
    sealed: registers.current.state === 'EMPTY',
    initialised: sealedState !== null,
    implementation,
    units: pool.units.map((unit) => ({
      number: unit.number,
      running: unit.isRunning,
      sealed: unit.isSealed,
      restarts: unit.restarts,
      processId: unit.process?.processId ?? null,
    })),
    registers,
    expectedVerificationPattern: sealedState?.verificationPattern ?? null,
  };
}
