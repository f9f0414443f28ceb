/** What `kyok doctor` looks at on this machine, and how it says what it saw. */

/** OK; WARNING: works, but look at it; PROBLEM: kyok will not start or not be safe. */
export type Verdict = 'OK' | 'WARNING' | 'PROBLEM';

export interface Finding {
  readonly verdict: Verdict;
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** The settings that checks look at, as far as they are sound. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly settingProblems: readonly string[];
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly databaseUrl?: string;
  /** Base URL of the listener, to ask whoever answers there already. */
  readonly endpoint: string;
}

export interface Check {
  readonly name: string;
  run(surroundings: Surroundings): Finding | Promise<Finding>;
}

export const ok = (found: string): Finding => ({ verdict: 'OK', found });
export const warning = (found: string, advice: string): Finding => ({ verdict: 'WARNING', found, advice });
export const problem = (found: string, advice: string): Finding => ({ verdict: 'PROBLEM', found, advice });
