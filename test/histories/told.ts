/** What clients asked for and what they were told: all that the model knows of a history besides its end. */
import type { Situation } from './key-model.js';

/** One request of a client, and its end as that client saw it. */
export interface Told {
  /** The request's id, as it stands in audit events. */
  readonly requestId: string;
  /** Audit action: `managed-key.rotate`. */
  readonly action: string;
  readonly effect: 'CHANGE' | 'USE' | 'READ';
  /** What the operation was about; `null` for creates. */
  readonly subjectId: string | null;
  readonly clientToken: string | null;
  readonly isDryRun: boolean;
  /** Counts up with everything that clients see, so that "ended before another began" can be said. */
  readonly begunAt: number;
  readonly endedAt: number;
  readonly ending: Ending;
}

export type Ending =
  | { readonly kind: 'OK'; readonly createdId: string | null; readonly key: KeyTold | null }
  | { readonly kind: 'REFUSED'; readonly code: string }
  /** The reply was lost, the server died, or it could not say: done or not done. */
  | { readonly kind: 'UNKNOWN' };

/** A managed key as an answer showed it. */
export interface KeyTold {
  readonly id: string;
  readonly revision: number;
  readonly situation: Situation;
  readonly version: number;
}

/** Codes that leave open whether the change was made; every other refusal promises that it was not. */
const unknownCodes: readonly string[] = ['STORE_UNAVAILABLE', 'AUDIT_UNAVAILABLE', 'INTERNAL', 'TIMED_OUT'];

/** The ending that an error code means to a careful client. */
export function endingOf(code: string): Ending {
  return unknownCodes.includes(code) ? { kind: 'UNKNOWN' } : { kind: 'REFUSED', code };
}
