/** Wakes whoever waits. */
export interface Signal {
  /** Wakes all that wait now; raised while nobody waits, it wakes the next one at once. */
  raise(): void;
  /** Resolves when the signal is raised, and after so many milliseconds at the latest. */
  within(milliseconds: number): Promise<void>;
}

export function signal(): Signal {
  const waiting = new Set<() => void>();
  let isRaised = false;
  return {
    raise: () => {
      isRaised = waiting.size === 0;
      for (const wake of [...waiting]) wake();
    },
    within: async (milliseconds) => {
      if (isRaised) {
        isRaised = false;
        return;
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, milliseconds);
        waiting.add(wake);
      });
    },
  };
}
