/** What a crypto unit hosts: one engine, of whatever kind. All that it takes and gives can be sent over a socket. */
import type { Hsm, HsmCapabilities, MasterKeyRegisters } from './contract.js';
import type { TokenSource } from './pkcs11/token.js';
import type { DeviceKeySource } from './soft/device-key.js';
import type { MemoryUse } from './unit-memory.js';

export const engineKinds = ['soft', 'pkcs11'] as const;
/** `soft` holds the master key in its own memory, `pkcs11` leaves it on a token. */
export type EngineKind = (typeof engineKinds)[number];

/** What an HSM keeps between two starts. */
export interface SealedState {
  /** Names this HSM instance; the sealed master key is bound to it. */
  readonly instanceId: string;
  /** Pattern of the one master key that ends the seal. */
  readonly verificationPattern: Uint8Array;
  /** The master key under the device key; `null` where none is configured, and where the master key lies on a token. */
  readonly sealedMasterKey: Uint8Array | null;
  /** What the HSM remembers besides, sealed (`memory.ts`); made by the same master key. */
  readonly memory: Uint8Array;
}

export interface StartInput {
  /** `null` before the first initialisation. */
  readonly sealedState: SealedState | null;
  readonly deviceKey: DeviceKeySource | null;
  /** The token that holds the master key; for the `pkcs11` engine only. */
  readonly token?: TokenSource | null;
}

/** The part of the contract that uses keys. */
export type KeyUse = Omit<Hsm, 'status' | 'masterKey' | 'memory' | 'capabilities' | 'close'>;

export interface Engine extends KeyUse, MemoryUse {
  /**
   * Reads the device key and opens the sealed state with it, or logs in to the token; without either the unit stays sealed.
   * @throws EstateError MASTER_KEY_STATE_FORBIDS for what a person has to look at; see `details.reason`
   */
  start(input: StartInput): Promise<MasterKeyRegisters>;
  /** What this engine can do; known once it is started. */
  capabilities(): Promise<HsmCapabilities>;
  /** A new master key becomes current: for a fresh instance only. Nothing of it leaves but its sealed state. */
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
