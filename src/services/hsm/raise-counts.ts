/** Encryptions that a restored database knows nothing of. */
import type { Id } from '../../domain/entity.js';
import type { Estate } from '../estate.js';

const pageSize = 500;

/**
 * Counts every AES version of a restored database as one at its rotation mark, which is as far as it may have come since the
 * backup: its next encryption has its key rotated. Safe to repeat after a crash.
 */
export async function raiseCounts({ store, policy }: Estate): Promise<void> {
  const encryptionsCounted = policy.encryptionLimit.rotateAt;
  const where = {
    encryptionsCounted: { lt: encryptionsCounted },
    blobId: { ne: null },
    managedKeyId: { within: { noun: 'managedKey', field: 'id', where: { algorithm: { eq: 'AES' } } as object } },
  } as const;
  const raiseAfter = async (last: Id) =>
    await store.write(async (tx) => {
      const versions = await tx.find('keyVersion', { ...where, id: { gt: last } }, pageSize);
      for (const { id } of versions) await tx.observe('keyVersion', id, { encryptionsCounted });
      return versions.at(-1)?.id;
    });
  for (let last: Id | undefined = ''; last !== undefined; ) last = await raiseAfter(last);
}
