/** The soft engine: all that one crypto unit can do. It holds the master key in this process's memory. */
import { EstateError } from '../../domain/errors.js';
import { concat, equalBytes, toHex } from '../bytes.js';
import { everyCapability } from '../capabilities.js';
import type { MasterKeyRegisters } from '../contract.js';
import type { Engine, KeyUse, SealedState } from '../engine.js';
import { emptyMemory, type Memory, sealMemory } from '../memory.js';
import { type MemoryUse, unitMemory } from '../unit-memory.js';
import { readDeviceKey } from './device-key.js';
import { encryptToImporter, importer } from './importer.js';
import { softKeyUse } from './key-use.js';
import { openedKeys } from './opened-keys.js';
import { type MasterKey, masterKeyBytes, masterKeyOf, masterKeyRegisters, refuseRegisters } from './registers.js';
import { memoryMac, openMasterKey, sealMasterKey } from './sealed-state.js';

export interface SoftEngineOptions {
  /** Most opened keys kept at once. */
  readonly openedKeyLimit?: number;
}

/** One crypto unit that holds its master key itself. */
export type SoftEngine = Engine;

const defaultOpenedKeyLimit = 4096;

/** A unit without a master key yet. */
export function softEngine(options: SoftEngineOptions = {}): SoftEngine {
  const registers = masterKeyRegisters();
  let instanceId = '';
  const memory = unitMemory(
    () => memoryMac(registers.current(), instanceId),
    (isGone) => opened.drop(isGone),
  );
  const opened = openedKeys(registers, options.openedKeyLimit ?? defaultOpenedKeyLimit, memory.refuseDestroyed);
  const identity = {
    get: () => instanceId,
    set: (id: string) => {
      instanceId = id;
    },
  };
  return {
    ...softKeyUse(registers, opened, memory.refuseDestroyed),
    ...memory.use,
    ...masterKeyUse(registers, memory, identity, opened.clear),
  };
}

function masterKeyUse(
  registers: ReturnType<typeof masterKeyRegisters>,
  memory: ReturnType<typeof unitMemory>,
  identity: { get(): string; set(instanceId: string): void },
  dropOpened: () => void,
): Omit<SoftEngine, keyof KeyUse | keyof MemoryUse> {
  const own = importer();
  let expected: Uint8Array | null = null;
  let deviceKey: Uint8Array | null = null;
  const sealed = async (instanceId: string, masterKey: MasterKey, remembered: Memory): Promise<SealedState> => ({
    instanceId,
    verificationPattern: masterKey.verificationPattern,
    sealedMasterKey: deviceKey && sealMasterKey(deviceKey, instanceId, masterKey),
    memory: await sealMemory(remembered, memoryMac(masterKey, instanceId)),
  });
  const openedUnder = (masterKey: MasterKey) => memory.openedWith(memoryMac(masterKey, identity.get()));
  const step = (move: () => void): MasterKeyRegisters => {
    move();
    return registers.view();
  };
  return {
    async start(input) {
      expected = input.sealedState?.verificationPattern ?? null;
      deviceKey = input.deviceKey && (await readDeviceKey(input.deviceKey));
      identity.set(input.sealedState?.instanceId ?? '');
      memory.load(input.sealedState?.memory ?? null);
      if (deviceKey && input.sealedState?.sealedMasterKey) {
        const key = openedState(deviceKey, input.sealedState);
        memory.hold(await openedUnder(masterKeyOf(key)));
        registers.restore(key, null);
      }
      dropOpened();
      return registers.view();
    },
    capabilities: async () => everyCapability(),
    async initialise(instanceId) {
      if (expected || registers.view().current.state !== 'EMPTY') refuse('ALREADY_INITIALISED');
      registers.makeRandom();
      identity.set(instanceId);
      memory.hold(emptyMemory);
      expected = registers.current().verificationPattern;
      return await sealed(instanceId, registers.current(), emptyMemory);
    },
    registers: async () => registers.view(),
    importerPublicKey: () => own.publicKey(),
    async loadPart(part, total, encrypted) {
      const bytes = await own.decrypt(encrypted);
      if (bytes.length !== masterKeyBytes) throw new EstateError('KEY_PART_INVALID');
      return step(() => registers.loadPart(part, total, bytes));
    },
    commit: async (verificationPattern) => step(() => registers.commit(verificationPattern)),
    async sealNew(instanceId, verificationPattern) {
      const masterKey = registers.committedNew();
      requirePattern(verificationPattern, masterKey.verificationPattern);
      if (expected && registers.view().current.state === 'EMPTY') requirePattern(expected, masterKey.verificationPattern);
      // A fresh instance has its name from here on.
      if (!expected) identity.set(instanceId);
      return await sealed(instanceId, masterKey, await openedUnder(masterKey));
    },
    async activate(verificationPattern) {
      const remembered = await openedUnder(registers.committedNew());
      registers.activate(verificationPattern, expected);
      memory.hold(remembered);
      expected = verificationPattern;
      dropOpened();
      return registers.view();
    },
    clearNew: async () => step(() => registers.clearNew()),
    async share(importerPublicKey) {
      const { key } = registers.current();
      const isRotating = registers.view().new.state === 'FULL_COMMITTED';
      return encryptToImporter(importerPublicKey, isRotating ? concat(key, registers.committedNew().key) : key);
    },
    async receive(encrypted, verificationPattern) {
      const bytes = await own.decrypt(encrypted);
      if (bytes.length !== masterKeyBytes && bytes.length !== 2 * masterKeyBytes) throw new EstateError('KEY_PART_INVALID');
      const shared = masterKeyOf(bytes.slice(0, masterKeyBytes));
      const committedNew = bytes.length > masterKeyBytes ? bytes.slice(masterKeyBytes) : null;
      bytes.fill(0);
      requirePattern(verificationPattern, shared.verificationPattern);
      const remembered = await openedUnder(shared);
      registers.restore(shared.key, committedNew);
      memory.hold(remembered);
      expected = verificationPattern;
      dropOpened();
      return registers.view();
    },
  };
}

function openedState(deviceKey: Uint8Array, state: SealedState): Uint8Array {
  return openMasterKey(deviceKey, state) ?? refuse('DEVICE_KEY_DOES_NOT_OPEN_SEALED_STATE');
}

function requirePattern(expected: Uint8Array, actual: Uint8Array): void {
  if (!equalBytes(expected, actual)) refuseRegisters('VERIFICATION_PATTERN_MISMATCH', { expected: toHex(expected), loaded: toHex(actual) });
}

function refuse(reason: string): never {
  throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason });
}
