import type { Committed, Store } from '../contract.js';

export interface CommitListeners extends Pick<Store, 'onCommit'> {
  /** Tells every listener; one that throws goes to the log and stops nobody. */
  tell(committed: Committed): void;
}

export function commitListeners(log: (message: string, cause: unknown) => void): CommitListeners {
  const listeners = new Set<(committed: Committed) => void>();
  return {
    onCommit: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell: (committed) => {
      for (const listener of listeners) {
        try {
          listener(committed);
        } catch (error) {
          log('a commit listener failed', error);
        }
      }
    },
  };
}
