import type { ManagedKey } from '../../domain/managed-key.js';
import type { Estate } from '../estate.js';

/** How long a use waits for a key that was just created, activated or rotated. */
const patienceMilliseconds = 2_000;

/**
 * Looks again after each commit that touches the key management service, until the look finds something or patience
 * ends. Does not wait for a key that is not on its way: one that is not active, or that no internal keystore shall hold.
 */
export async function onceInstalled<T>(estate: Estate, key: ManagedKey, look: () => Promise<T | undefined>): Promise<T | undefined> {
  if (key.state !== 'ACTIVE' || !(await isOnItsWay(estate, key))) return undefined;
  const { timers } = estate;
  const commits = kmsCommits(estate);
  try {
    const deadline = timers.milliseconds() + patienceMilliseconds;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      const remaining = deadline - timers.milliseconds();
      if (remaining <= 0) return undefined;
      await commits.next(remaining);
    }
  } finally {
    commits.stop();
  }
}

async function isOnItsWay({ store: { read }, keystoreTypes }: Estate, key: ManagedKey): Promise<boolean> {
  const instances = await read.find('keyInstance', { managedKeyId: { eq: key.id }, desiredState: { eq: 'ACTIVE' } });
  const keystores = await read.getMany(
    'keystore',
    instances.map(({ keystoreId }) => keystoreId),
  );
  const typesForUse = keystoreTypes.descriptors.filter(({ capabilities }) => capabilities.holdsKeysForUse).map(({ type }) => type);
  return keystores.some(({ type }) => typesForUse.includes(type));
}

/** Commits since the last `next` are not missed: the next one then resolves at once. */
function kmsCommits(estate: Estate) {
  let seen = false;
  let wake = () => {};
  const stop = estate.store.onCommit(({ changes }) => {
    if (!changes.some(({ noun }) => noun === 'kmsKey' || noun === 'kmsKeyVersion')) return;
    seen = true;
    wake();
  });
  const next = async (milliseconds: number): Promise<void> => {
    if (!seen) {
      await new Promise<void>((resolve) => {
        const cancel = estate.timers.after(milliseconds, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
    seen = false;
  };
  return { stop, next };
}
