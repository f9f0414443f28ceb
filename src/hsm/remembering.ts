/** The contract's memory over whatever keeps the sealed state and the units: every change is one step, saved before it is known. */
import type { HsmMemory } from './contract.js';
import type { MemoryChange } from './memory.js';
import type { MemoryUse } from './unit-memory.js';

export interface RememberingOptions {
  /** One unit to ask. */
  readonly unit: Pick<MemoryUse, 'readMemory' | 'destroyedAmong'>;
  /**
   * Runs one change alone: a unit says what it leads to (`changedMemory`), that is saved in the sealed state, and then every
   * unit adopts it. Nothing happens when the unit answers `null`.
   */
  change(change: MemoryChange): Promise<void>;
}

export function remembering({ unit, change }: RememberingOptions): HsmMemory {
  return {
    read: () => unit.readMemory(),
    destroyedAmong: (keyIds) => unit.destroyedAmong(keyIds),
    rememberCheckpoint: ({ size, root }) => change({ kind: 'checkpoint', checkpoint: { size, root } }),
    acceptRollback: ({ size, root }) => change({ kind: 'rollback', to: { size, root } }),
    destroy: (keyIds) => change({ kind: 'destroy', keyIds }),
    merge: (sealed) => change({ kind: 'merge', sealed }),
  };
}
