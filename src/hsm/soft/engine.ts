/** The soft engine: all that one crypto unit can do. It holds the master key in this process's memory. */
import { EstateError } from '../../domain/errors.js';
import type { MasterKeyRegisters } from '../contract.js';
import { concat, equalBytes, toHex } from './bytes.js';
import { type DeviceKeySource, readDeviceKey } from './device-key.js';
import { encryptToImporter, importer } from './importer.js';
import { type KeyUse, softKeyUse } from './key-use.js';
import { openedKeys } from './opened-keys.js';
import { masterKeyBytes, masterKeyRegisters, refuseRegisters } from './registers.js';
import { openMasterKey, type SealedState, sealMasterKey } from './sealed-state.js';

export interface SoftEngineOptions {
  /** Most opened keys kept at once. */
  readonly openedKeyLimit?: number;
}

export interface StartInput {
  /** `null` before the first initialisation. */
  readonly sealedState: SealedState | null;
  readonly deviceKey: DeviceKeySource | null;
}

/** One crypto unit. What it takes and gives are plain values, so that it can be spoken to over a socket. */
export interface SoftEngine extends KeyUse {
  /**
   * Reads the device key and opens the sealed state with it; without one the unit stays sealed.
   * @throws EstateError MASTER_KEY_STATE_FORBIDS for a device key that is not readable or opens nothing.
   */
  start(input: StartInput): Promise<MasterKeyRegisters>;
  /** A random master key becomes current: for a fresh instance only. Nothing of it leaves but its sealed state. */
  initialise(instanceId: string): Promise<SealedState>;
  registers(): Promise<MasterKeyRegisters>;
  /** DER SubjectPublicKeyInfo, RSA-3072, of this process's life. */
  importerPublicKey(): Promise<Uint8Array>;
  loadPart(part: number, total: number, encrypted: Uint8Array): Promise<MasterKeyRegisters>;
  commit(verificationPattern: Uint8Array): Promise<MasterKeyRegisters>;
  /** The sealed state that activation will need, to be saved before it; refuses what `activate` would refuse. */
  sealNew(instanceId: string, verificationPattern: Uint8Array): Promise<SealedState>;
  activate(verificationPattern: Uint8Array): Promise<MasterKeyRegisters>;
  clearNew(): Promise<MasterKeyRegisters>;
  /** Both registers, encrypted to a sibling's importer key. */
  share(importerPublicKey: Uint8Array): Promise<Uint8Array>;
  /** Takes what a sibling shared; only the key that the sealed state expects. */
  receive(encrypted: Uint8Array, verificationPattern: Uint8Array): Promise<MasterKeyRegisters>;
}

const defaultOpenedKeyLimit = 4096;

/** A unit without a master key yet. */
export function softEngine(options: SoftEngineOptions = {}): SoftEngine {
  const registers = masterKeyRegisters();
  const opened = openedKeys(registers, options.openedKeyLimit ?? defaultOpenedKeyLimit);
  return { ...softKeyUse(registers, opened), ...masterKeyUse(registers, opened.clear) };
}

function masterKeyUse(registers: ReturnType<typeof masterKeyRegisters>, dropOpened: () => void): Omit<SoftEngine, keyof KeyUse> {
  const own = importer();
  let expected: Uint8Array | null = null;
  let deviceKey: Uint8Array | null = null;
  const sealed = (instanceId: string, masterKey: ReturnType<typeof registers.current>): SealedState => ({
    instanceId,
    verificationPattern: masterKey.verificationPattern,
    sealedMasterKey: deviceKey && sealMasterKey(deviceKey, instanceId, masterKey),
  });
  const step = (move: () => void): MasterKeyRegisters => {
    move();
    return registers.view();
  };
  return {
    async start(input) {
      expected = input.sealedState?.verificationPattern ?? null;
      deviceKey = input.deviceKey && (await readDeviceKey(input.deviceKey));
      if (deviceKey && input.sealedState?.sealedMasterKey) registers.restore(openedState(deviceKey, input.sealedState), null);
      dropOpened();
      return registers.view();
    },
    async initialise(instanceId) {
      if (expected || registers.view().current.state !== 'EMPTY') refuse('ALREADY_INITIALISED');
      registers.makeRandom();
      expected = registers.current().verificationPattern;
      return sealed(instanceId, registers.current());
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
      return sealed(instanceId, masterKey);
    },
    async activate(verificationPattern) {
      registers.activate(verificationPattern, expected);
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
      registers.restore(bytes.slice(0, masterKeyBytes), bytes.length > masterKeyBytes ? bytes.slice(masterKeyBytes) : null);
      bytes.fill(0);
      const actual = registers.current().verificationPattern;
      if (!equalBytes(actual, verificationPattern)) registers.restore(null, null);
      requirePattern(verificationPattern, actual);
      expected = actual;
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
