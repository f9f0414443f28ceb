/** What one crypto unit holds of the HSM's memory: sealed until its master key is there, opened from then on. */
import { EstateError } from '../domain/errors.js';
import type { Remembered } from './contract.js';
import {
  afterChange,
  emptyMemory,
  isDestroyed,
  type Memory,
  type MemoryChange,
  type MemoryMac,
  openMemory,
  rememberedOf,
  sealMemory,
} from './memory.js';

/** The part of a unit's engine that remembers; it is spoken to over a socket like the rest. */
export interface MemoryUse {
  /** @throws EstateError HSM_SEALED */
  readMemory(): Promise<Remembered>;
  /** The sealed memory that a change leads to, to be saved and then adopted; `null` when nothing changes. */
  changedMemory(change: MemoryChange): Promise<Uint8Array | null>;
  /** Takes a newer memory in; what is destroyed by it is in no cache when the promise resolves. A sealed unit keeps it for later. */
  adoptMemory(sealed: Uint8Array): Promise<void>;
  destroyedAmong(keyIds: readonly string[]): Promise<readonly string[]>;
}

export interface UnitMemory {
  readonly use: MemoryUse;
  /** @throws EstateError KEY_DESTROYED · HSM_SEALED */
  refuseDestroyed(keyId: string | null): void;
  /** As it lies in the sealed state, at the start; `null` on a fresh instance. What was open is closed. */
  load(sealed: Uint8Array | null): void;
  /**
   * The memory as it will be under a master key that is about to come into place.
   * @throws EstateError MASTER_KEY_STATE_FORBIDS (SEALED_STATE_ALTERED)
   */
  openedWith(mac: MemoryMac): Promise<Memory>;
  /** From now on this is what the unit knows. Call it with `openedWith`'s answer right before the master key takes its place. */
  hold(memory: Memory): void;
}

/**
 * The memory of a fresh unit.
 * @param mac under the master key in place; throws EstateError HSM_SEALED without one
 * @param onChange the opened keys that are destroyed now must go
 */
export function unitMemory(mac: () => MemoryMac, onChange: (isGone: (keyId: string) => boolean) => void): UnitMemory {
  let raw: Uint8Array | null = null;
  let opened: Memory | null = null;
  const held = (): Memory => {
    if (!opened) throw new EstateError('HSM_SEALED');
    return opened;
  };
  const hold = (memory: Memory) => {
    opened = memory;
    onChange((keyId) => isDestroyed(memory, keyId));
  };
  return {
    use: {
      readMemory: async () => rememberedOf(held()),
      async changedMemory(change) {
        const memory = held();
        const next = afterChange(
          memory,
          change.kind === 'merge' ? { kind: 'merge', other: await openMemory(change.sealed, mac()) } : change,
        );
        return next === memory ? null : await sealMemory(next, mac());
      },
      async adoptMemory(sealed) {
        raw = sealed;
        if (opened) hold(await openMemory(sealed, mac()));
      },
      destroyedAmong: async (keyIds) => keyIds.filter((keyId) => isDestroyed(held(), keyId)),
    },
    refuseDestroyed(keyId) {
      if (keyId !== null && isDestroyed(held(), keyId)) throw new EstateError('KEY_DESTROYED');
    },
    load(sealed) {
      raw = sealed;
      opened = null;
    },
    openedWith: async (mac) => opened ?? (raw === null ? emptyMemory : await openMemory(raw, mac)),
    hold,
  };
}
