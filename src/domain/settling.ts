/** When a look at an eventually consistent keystore tells how things are, and not how they were. */

/** A look, and what it may not show yet. Times are milliseconds of one clock that is never set. */
export interface LookInTime {
  readonly askedAt: number;
  /**
   * When the last step was over that the looking server asked for. Of a step that a server before it had asked for,
   * nobody knows: one that knows of none takes its own start for it.
   */
  readonly lastStepAt: number;
  /** Whether the keystore answered that step, and the look shows what it was for: no earlier picture does. */
  readonly showsLastStep: boolean;
  /** For so long a look may show what was before a step; 0 where reads see every write. */
  readonly settlesInSeconds: number;
}

/** Whole seconds until a look is certain; 0: this one is, and what it shows as wanted may be left alone. */
export function secondsUntilCertain({ askedAt, lastStepAt, showsLastStep, settlesInSeconds }: LookInTime): number {
  if (showsLastStep) return 0;
  return Math.max(0, Math.ceil(settlesInSeconds - (askedAt - lastStepAt) / 1000));
}
