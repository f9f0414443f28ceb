import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import type { Estate } from '../estate.js';
import { onInstance } from '../everywhere.js';
import { read } from '../operation.js';

/** What the HSM remembers, and what it is still to be told. */
export interface MemoryView {
  readonly generation: number;
  /** Number of events of the audit log that it remembers. */
  readonly auditSize: number;
  readonly destroyedKeys: number;
  /** Destroyed keys that it does not know of yet. */
  readonly untoldKeys: number;
}

/** Units, master key registers, capabilities and memory of the HSM; it answers while sealed, and then without the memory. */
export const hsm = read({
  name: 'hsm',
  action: 'hsm.read',
  input: z.strictObject({}),
  place: onInstance('hsm'),
  read: async ({ estate }) => {
    const status = await estate.hsm.status();
    return {
      ...status,
      capabilities: estate.hsm.capabilities,
      memory: status.sealed ? null : await memoryView(estate).catch(unlessSealed),
    };
  },
});

async function memoryView({ hsm, store }: Estate): Promise<MemoryView> {
  const { generation, checkpoint, destroyedKeys } = await hsm.memory.read();
  const untoldKeys = await store.read.count('destroyedKey', { toldAt: { eq: null } });
  return { generation, auditSize: checkpoint?.size ?? 0, destroyedKeys, untoldKeys };
}

/** The last unit may have ended since. */
function unlessSealed(error: unknown): null {
  if (error instanceof EstateError && error.kind === 'sealed') return null;
  throw error;
}

/** The public keys of the units to which an operator encrypts master key parts. */
export const hsmImporters = read({
  name: 'hsmImporters',
  action: 'hsm.read-importers',
  input: z.strictObject({}),
  place: onInstance('hsm'),
  read: async ({ estate }) => await estate.hsm.masterKey.importers(),
});
