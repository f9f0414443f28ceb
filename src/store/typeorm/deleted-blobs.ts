/** Key blobs that were deleted leave the files too, right after the commit that deleted them. */
import type { Change } from '../contract.js';
import type { Database } from './database.js';
import type { Turns } from './turns.js';

export interface DeletedBlobs {
  /** To be awaited in the turn of the write queue that has committed these changes. Never rejects. */
  drop(changes: readonly Change[]): Promise<void>;
  /** Nothing is tried again any more. */
  stop(): void;
}

const firstDelayMilliseconds = 1_000;
const longestDelayMilliseconds = 60_000;

/** Begins with what a process that was killed may have left. */
export function deletedBlobs(
  { dropDeleted }: Pick<Database, 'dropDeleted'>,
  queue: Turns,
  log: (message: string, cause: unknown) => void,
): DeletedBlobs {
  let delay = firstDelayMilliseconds;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = dropDeleted === undefined;

  const attempt = async (): Promise<void> => {
    if (!dropDeleted || isStopped) return;
    clearTimeout(timer);
    const isDone = await dropDeleted().catch((cause: unknown) => {
      log('deleted key blobs could not be taken out of the files yet', cause);
      return false;
    });
    if (isDone) delay = firstDelayMilliseconds;
    else tryLater();
  };
  const tryLater = () => {
    timer = setTimeout(() => void queue.take(attempt), delay).unref();
    delay = Math.min(delay * 2, longestDelayMilliseconds);
  };

  void queue.take(attempt);
  return {
    drop: async (changes) => {
      if (changes.some(({ noun, kind }) => noun === 'keyBlob' && kind !== 'INSERT')) await attempt();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
