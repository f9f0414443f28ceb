/** The engine as an HSM inside the caller's own process: for tests and for trying out, since the caller's memory holds the master key. */
import { randomUUID } from 'node:crypto';
import { missing } from '../capabilities.js';
import type { Hsm, MasterKeyCommands } from '../contract.js';
import { gate } from '../gate.js';
import { remembering } from '../remembering.js';
import type { DeviceKeySource } from './device-key.js';
import { type SoftEngine, softEngine } from './engine.js';
import { encryptedFor } from './parts.js';
import { memoryState, type SealedStateStore, saveMemory, stateAfter } from './sealed-state.js';

export interface SoftHsmOptions {
  /** Makes a random master key when there is no sealed state; default true. */
  readonly autoInitialise?: boolean;
  /** Default: in memory. */
  readonly sealedState?: SealedStateStore;
  readonly deviceKey?: DeviceKeySource | null;
  /** Most opened keys kept at once. */
  readonly openedKeyLimit?: number;
}

const unit = 1;

/** An HSM of one unit in this process; without options it is ready for use and forgets its master key with the process. */
export async function softHsm(options: SoftHsmOptions = {}): Promise<Hsm> {
  const engine = softEngine(options.openedKeyLimit === undefined ? {} : { openedKeyLimit: options.openedKeyLimit });
  const store = options.sealedState ?? memoryState();
  const sealedState = await store.load();
  await engine.start({ sealedState, deviceKey: options.deviceKey ?? null });
  if (!sealedState && options.autoInitialise !== false) await store.save(await engine.initialise(randomUUID()));
  const alone = gate(1);
  return {
    ...engine,
    capabilities: await engine.capabilities(),
    masterKey: masterKeyCommands(engine, store, alone),
    memory: remembering({
      unit: engine,
      change: (change) =>
        alone(async () => {
          const sealed = await engine.changedMemory(change);
          if (!sealed) return;
          await saveMemory(store, sealed);
          await engine.adoptMemory(sealed);
        }),
    }),
    async status() {
      const registers = await engine.registers();
      const state = await store.load();
      const sealed = registers.current.state === 'EMPTY';
      return {
        sealed,
        initialised: state !== null,
        implementation: 'soft, in process',
        units: [{ number: unit, running: true, sealed, restarts: 0, processId: process.pid }],
        registers,
        expectedVerificationPattern: state?.verificationPattern ?? null,
      };
    },
    async close() {
      await engine.clearNew();
    },
  };
}

function masterKeyCommands(engine: SoftEngine, store: SealedStateStore, alone: ReturnType<typeof gate>): MasterKeyCommands {
  return {
    initialise: async () => {
      throw missing('initialise', { use: 'kyok hsm init' });
    },
    importers: async () => [{ unit, publicKey: await engine.importerPublicKey() }],
    loadPart: async (part) => engine.loadPart(part.part, part.total, encryptedFor(part, unit)),
    commit: (verificationPattern) => engine.commit(verificationPattern),
    activate: (verificationPattern) =>
      alone(async () => {
        const previous = await store.load();
        await store.save(stateAfter(previous, await engine.sealNew(previous?.instanceId ?? randomUUID(), verificationPattern)));
        return engine.activate(verificationPattern);
      }),
    clearNew: () => engine.clearNew(),
  };
}
