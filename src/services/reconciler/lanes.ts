import type { Id } from '../../domain/entity.js';
import type { Keystore } from '../../domain/keystore.js';
import type { Timers } from '../timers.js';
import { type Pace, tokenBucket } from './pace.js';

/** How hard one keystore may be worked. */
export interface KeystoreLimits {
  /** Instances driven at the same time. */
  readonly concurrency: number;
  /** Requests to the keystore, in a second and at once. */
  readonly perSecond: number;
  readonly burst: number;
  /**
   * For so long after a look the keystore may still show what was before (eventual consistency); a look that contradicts
   * a younger one is then not believed. 0 where reads see every write.
   */
  readonly settlesInSeconds: number;
}

/** The passes of one keystore: a bulkhead, so that a slow keystore delays nobody else. */
export interface Lane {
  readonly limits: KeystoreLimits;
  readonly pace: Pace;
  /** Instances being driven now, and the promise of each pass; no instance is driven twice at once. */
  readonly running: Map<Id, Promise<void>>;
}

/** A lane per keystore, made when first needed. */
export interface Lanes {
  of(keystore: Keystore): Lane;
  running(): readonly Promise<void>[];
}

export function lanes(limitsOf: (keystore: Keystore) => KeystoreLimits, timers: Timers): Lanes {
  const byKeystore = new Map<Id, Lane>();
  return {
    of: (keystore) => {
      const present = byKeystore.get(keystore.id);
      if (present) return present;
      const limits = limitsOf(keystore);
      const lane = { limits, pace: tokenBucket(limits, timers), running: new Map<Id, Promise<void>>() };
      byKeystore.set(keystore.id, lane);
      return lane;
    },
    running: () => [...byKeystore.values()].flatMap((lane) => [...lane.running.values()]),
  };
}
