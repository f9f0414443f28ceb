/** Work done one at a time, in the order in which it was asked for. */
export interface Turns {
  /** Waits for its turn, does the work, and answers its result; a failure stays the caller's and stops nobody else. */
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when all that was asked for before is done. */
  idle(): Promise<void>;
}

export function turns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return {
    take: (work) => {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    },
    idle: async () => {
      await last;
    },
  };
}
