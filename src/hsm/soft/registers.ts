/** The two master key registers of one crypto unit and the moves between their states. */
import { createHash, randomBytes } from 'node:crypto';
import { EstateError } from '../../domain/errors.js';
import { equalBytes, plain, toHex } from '../bytes.js';
import type { MasterKeyRegisters } from '../contract.js';

export const masterKeyBytes = 32;
export const masterKeyIdBytes = 16;

/** A master key; it never leaves the process that holds it, except encrypted. */
export interface MasterKey {
  readonly key: Uint8Array;
  /** SHA-256(0x01 || key). */
  readonly verificationPattern: Uint8Array;
  /** First 16 bytes of the verification pattern. */
  readonly id: Uint8Array;
}

/** Why a step is refused: `details.reason` of MASTER_KEY_STATE_FORBIDS. */
export type RegisterRefusal =
  | 'PART_NUMBER_INVALID'
  | 'PART_TOTAL_DIFFERS'
  | 'PART_ALREADY_LOADED'
  | 'PART_REPEATED'
  | 'NEW_REGISTER_FULL'
  | 'NEW_REGISTER_EMPTY'
  | 'NEW_REGISTER_INCOMPLETE'
  | 'NEW_REGISTER_NOT_COMMITTED'
  | 'CURRENT_REGISTER_EMPTY'
  | 'SAME_AS_CURRENT'
  | 'VERIFICATION_PATTERN_MISMATCH';

interface NewRegister {
  readonly parts: Map<number, Uint8Array>;
  readonly total: number;
  readonly masterKey: MasterKey | null;
  readonly isCommitted: boolean;
}

export interface Registers {
  view(): MasterKeyRegisters;
  /** @throws EstateError HSM_SEALED */
  current(): MasterKey;
  /** @throws EstateError MASTER_KEY_STATE_FORBIDS unless the new register is committed. */
  committedNew(): MasterKey;
  loadPart(part: number, total: number, bytes: Uint8Array): void;
  commit(verificationPattern: Uint8Array): void;
  /** `expected` is the pattern that a sealed instance demands; only that key ends the seal. */
  activate(verificationPattern: Uint8Array, expected: Uint8Array | null): void;
  clearNew(): void;
  /** Puts keys that came from the sealed state or from another unit in place. */
  restore(current: Uint8Array | null, committedNew: Uint8Array | null): void;
  /** A random current key, for a fresh instance only. */
  makeRandom(): void;
}

/** @throws EstateError MASTER_KEY_STATE_FORBIDS */
export function refuseRegisters(reason: RegisterRefusal, details: Readonly<Record<string, unknown>> = {}): never {
  throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason, ...details });
}

export function masterKeyOf(key: Uint8Array): MasterKey {
  const verificationPattern = plain(createHash('sha256').update(Uint8Array.of(1)).update(key).digest());
  return { key, verificationPattern, id: verificationPattern.subarray(0, masterKeyIdBytes) };
}

export function masterKeyRegisters(): Registers {
  let current: MasterKey | null = null;
  let next: NewRegister | null = null;
  return {
    view: () => viewOf(current, next),
    current: () => current ?? refuseSealed(),
    committedNew: () => committed(next),
    loadPart(part, total, bytes) {
      next = withPart(next, part, total, bytes, current);
    },
    commit(verificationPattern) {
      const full = fullRegister(next);
      refuseOther(verificationPattern, full.masterKey);
      next = { ...full, isCommitted: true };
    },
    activate(verificationPattern, expected) {
      const masterKey = committed(next);
      refuseOther(verificationPattern, masterKey);
      if (!current && expected) refuseOther(expected, masterKey);
      current = masterKey;
      next = null;
    },
    clearNew() {
      next = null;
    },
    restore(currentKey, committedNew) {
      current = currentKey && masterKeyOf(currentKey);
      next = committedNew && { parts: new Map(), total: 0, masterKey: masterKeyOf(committedNew), isCommitted: true };
    },
    makeRandom() {
      current = masterKeyOf(plain(randomBytes(masterKeyBytes)));
    },
  };
}

function viewOf(current: MasterKey | null, next: NewRegister | null): MasterKeyRegisters {
  const state = !next?.masterKey ? 'EMPTY' : next.isCommitted ? 'FULL_COMMITTED' : 'FULL_UNCOMMITTED';
  return {
    current: { state: current ? 'VALID' : 'EMPTY', verificationPattern: current?.verificationPattern ?? null },
    new: {
      state,
      verificationPattern: next?.masterKey?.verificationPattern ?? null,
      partsLoaded: next?.parts.size ?? 0,
      partsTotal: next?.total ?? 0,
    },
  };
}

/** The register stays empty until its last part has come; then the parts become one key and are let go. */
function withPart(register: NewRegister | null, part: number, total: number, bytes: Uint8Array, current: MasterKey | null): NewRegister {
  if (register?.masterKey) refuseRegisters('NEW_REGISTER_FULL');
  if (total !== 2 && total !== 3) refuseRegisters('PART_NUMBER_INVALID');
  if (!Number.isInteger(part) || part < 1 || part > total) refuseRegisters('PART_NUMBER_INVALID');
  if (register && register.total !== total) refuseRegisters('PART_TOTAL_DIFFERS', { expected: register.total });
  const parts = new Map(register?.parts);
  if (parts.has(part)) refuseRegisters('PART_ALREADY_LOADED', { part });
  // Two equal parts cancel each other out: the key would be weaker than its number of parts promises.
  if (bytes.every((byte) => byte === 0)) refuseRegisters('PART_REPEATED', { part });
  for (const other of parts.values()) if (equalBytes(other, bytes)) refuseRegisters('PART_REPEATED', { part });
  parts.set(part, bytes);
  if (parts.size < total) return { parts, total, masterKey: null, isCommitted: false };
  const masterKey = masterKeyOf(combineParts([...parts.values()]));
  if (masterKey.key.every((byte) => byte === 0)) refuseRegisters('PART_REPEATED', { part });
  if (current && equalBytes(current.verificationPattern, masterKey.verificationPattern)) refuseRegisters('SAME_AS_CURRENT');
  return { parts: numbersOnly(parts), total, masterKey, isCommitted: false };
}

/** Keeps how many parts came, and overwrites what they were. */
function numbersOnly(parts: ReadonlyMap<number, Uint8Array>): Map<number, Uint8Array> {
  for (const bytes of parts.values()) bytes.fill(0);
  return new Map([...parts.keys()].map((part) => [part, new Uint8Array()]));
}

function combineParts(parts: readonly Uint8Array[]): Uint8Array {
  const key = new Uint8Array(masterKeyBytes);
  for (const part of parts) for (let i = 0; i < key.length; i += 1) key[i] = (key[i] ?? 0) ^ (part[i] ?? 0);
  return key;
}

function fullRegister(register: NewRegister | null): NewRegister & { readonly masterKey: MasterKey } {
  if (!register) refuseRegisters('NEW_REGISTER_EMPTY');
  if (!register.masterKey) refuseRegisters('NEW_REGISTER_INCOMPLETE', { partsLoaded: register.parts.size, partsTotal: register.total });
  return { ...register, masterKey: register.masterKey };
}

function committed(register: NewRegister | null): MasterKey {
  const full = fullRegister(register);
  if (!full.isCommitted) refuseRegisters('NEW_REGISTER_NOT_COMMITTED');
  return full.masterKey;
}

/** Both patterns may be shown: they identify a key and reveal nothing of it. */
function refuseOther(expected: Uint8Array, actual: MasterKey): void {
  if (equalBytes(expected, actual.verificationPattern)) return;
  refuseRegisters('VERIFICATION_PATTERN_MISMATCH', { expected: toHex(expected), loaded: toHex(actual.verificationPattern) });
}

function refuseSealed(): never {
  throw new EstateError('HSM_SEALED');
}
