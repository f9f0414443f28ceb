import type { Tracked } from './entity.js';

/** Remembers what a caller's client token was used for, so that a repeated create answers the first result. */
export interface ClientToken extends Tracked {
  readonly principalId: string;
  readonly operation: string;
  readonly token: string;
  /** SHA-256 of the canonical input, lower-case hex. */
  readonly inputDigest: string;
  readonly resultId: string;
}

/** A small fact about the instance (its id, the audit key's blob id …), found by name. */
export interface SystemSetting extends Tracked {
  readonly name: string;
  readonly value: string;
}
