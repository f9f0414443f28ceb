/** Time as the server waits in it: handed in, so that tests and simulations need not wait. */
export interface Timers {
  /** Monotonic milliseconds. */
  milliseconds(): number;
  /** Calls once after so long, unless cancelled before by what this answers. Keeps no process alive. */
  after(milliseconds: number, work: () => void): () => void;
}

/** Real time. */
export const realTimers: Timers = {
  milliseconds: () => performance.now(),
  after: (milliseconds, work) => {
    const timer = setTimeout(work, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after so long. */
export async function sleep(timers: Timers, milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => void timers.after(milliseconds, resolve));
}
