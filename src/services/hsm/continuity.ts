/** Whether database and HSM are still the two that last worked together: neither was put back to an older copy alone. */
import { EstateError } from '../../domain/errors.js';
import type { Remembered } from '../../hsm/contract.js';
import { refuseOlderLog } from '../audit/remember-log.js';
import { systemCall } from '../call.js';
import type { Estate } from '../estate.js';
import { endDestroyed } from './end-destroyed.js';
import { acceptRestored, type RestoreNotes } from './restored.js';
import { recordSeenMemory, type SeenMemory, seenMemory, seenOf } from './seen-memory.js';
import { tellDestroyed } from './tell-destroyed.js';

/**
 * Refuses a database or an HSM state that was put back without a word. What was restored on purpose is accepted and audited,
 * and what the HSM holds destroyed ends in the database too.
 * @param estate with the HSM itself, which answers although nothing is checked yet
 * @throws EstateError AUDIT_ROLLED_BACK, HSM_STATE_ROLLED_BACK · HSM_SEALED, HSM_UNAVAILABLE
 */
export async function checkContinuity(estate: Estate, notes: RestoreNotes): Promise<void> {
  const { store, hsm, log } = estate;
  const restored = notes.read();
  const seen = await seenMemory(store.read);
  if (restored) await acceptRestored(estate, restored);
  const memory = await hsm.memory.read();
  if (!restored) {
    refuseOlderMemory(memory, seen);
    await refuseOlderLog(store.audit, memory.checkpoint);
  }
  if (restored || memory.generation !== seen?.generation) {
    const ended = await endDestroyed(estate);
    if (ended > 0)
      log.warn({ keys: ended }, 'keys that the HSM remembers as destroyed were alive in the database; they are destroyed again');
    const author = { estate, call: systemCall('memory-keeper', estate.newId()), now: estate.now() };
    await store.write(async (tx) => await recordSeenMemory(tx, author, memory));
  }
  await tellDestroyed(estate);
  if (!restored) return;
  notes.remove();
  log.warn({ backup: restored.backup, auditSize: restored.audit.size }, 'a restored database was accepted');
}

/** @throws EstateError HSM_STATE_ROLLED_BACK */
function refuseOlderMemory(memory: Remembered, seen: SeenMemory | null): void {
  const { generation, digest } = seenOf(memory);
  const isSound = !seen || generation > seen.generation || (generation === seen.generation && digest === seen.digest);
  if (!isSound) throw new EstateError('HSM_STATE_ROLLED_BACK', { generation, seenGeneration: seen.generation });
}

/** Whether it says that database and HSM state are not the two that belong together. */
export function isRolledBack(error: unknown): error is EstateError {
  return error instanceof EstateError && (error.code === 'AUDIT_ROLLED_BACK' || error.code === 'HSM_STATE_ROLLED_BACK');
}
