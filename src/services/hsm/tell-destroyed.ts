/** What the database has destroyed becomes what the HSM never opens again. */
import { EstateError } from '../../domain/errors.js';
import { auditEvent } from '../audit-event.js';
import { systemCall } from '../call.js';
import type { KmsFoundation } from '../kms/foundation.js';
import { changed } from '../tracked.js';
import { recordSeenMemory } from './seen-memory.js';

/** So many in one audit event. */
const batchSize = 500;

/**
 * Tells the HSM of every destroyed key that it has not been told of, whoever destroyed it; answers how many these were. Safe
 * to repeat. A sealed HSM is told later, by the memory keeper: the blobs are gone from the database all the same.
 */
export async function tellDestroyed(foundation: KmsFoundation): Promise<number> {
  for (let told = 0; ; ) {
    const waiting = await foundation.store.read.find('destroyedKey', { toldAt: { eq: null } }, batchSize);
    if (
      waiting.length === 0 ||
      !(await tell(
        foundation,
        waiting.map(({ id }) => id),
      ))
    )
      return told;
    told += waiting.length;
  }
}

async function tell(foundation: KmsFoundation, ids: readonly string[]): Promise<boolean> {
  const { hsm, store, log } = foundation;
  try {
    await hsm.memory.destroy(ids);
    const memory = await hsm.memory.read();
    const author = { estate: foundation, call: systemCall('memory-keeper', foundation.newId()), now: foundation.now() };
    await store.write(async (tx) => {
      await recordSeenMemory(tx, author, memory);
      const untold = (await tx.getMany('destroyedKey', ids)).filter(({ toldAt }) => toldAt === null);
      for (const key of untold) await tx.update('destroyedKey', changed(author, key, { toldAt: author.now }));
      if (untold.length === 0) return;
      const target = { kind: 'hsm', id: null, name: null, vaultId: null };
      const details = { keyIds: untold.map(({ id }) => id), generation: memory.generation };
      await tx.appendAudit(auditEvent(author, { action: 'hsm.remember-destroyed' }, { target, details, count: untold.length }));
    });
    return true;
  } catch (err) {
    if (!(err instanceof EstateError && err.kind === 'sealed')) throw err;
    log.warn({ err, keys: ids.length }, 'the HSM cannot be told of destroyed keys now; it is told as soon as it can be');
    return false;
  }
}
