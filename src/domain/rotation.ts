import type { Timestamp } from './entity.js';
import { EstateError } from './errors.js';
import type { KeyState } from './key-state.js';
import type { RotationPolicy } from './template.js';
import { addDays, addSeconds, compareTimes } from './time.js';

/** What of a key decides when it is rotated. */
export interface Rotatable {
  readonly state: KeyState;
  readonly destroyAt: Timestamp | null;
  readonly rotationPolicy: RotationPolicy | null;
  readonly rotatedAt: Timestamp | null;
  /** See `ManagedKey`. */
  readonly rotationForcedAt: Timestamp | null;
  readonly activatedAt: Timestamp | null;
  readonly createdAt: Timestamp;
}

/**
 * When the key is next rotated by itself: the interval of its rotation policy after the last rotation (or after activation
 * when there was none), or sooner because its version has nearly done all the encryptions it may. `null` when neither
 * asks for it, and for keys that are not active. It may lie in the past: then rotation is due.
 */
export function nextRotationOf(key: Rotatable): Timestamp | null {
  if (key.state !== 'ACTIVE' || key.destroyAt !== null) return null;
  const byPolicy = key.rotationPolicy && addDays(key.rotatedAt ?? key.activatedAt ?? key.createdAt, key.rotationPolicy.intervalDays);
  const forced = key.rotationForcedAt;
  if (byPolicy === null || forced === null) return byPolicy ?? forced;
  return compareTimes(byPolicy, forced) < 0 ? byPolicy : forced;
}

/**
 * Refuses a rotation too short after the last one; for rotations that people ask for.
 * @throws EstateError ROTATION_TOO_SOON with `retryAt`
 */
export function refuseEarlyRotation(key: Pick<Rotatable, 'rotatedAt'>, now: Timestamp, rotationWaitSeconds: number): void {
  if (key.rotatedAt === null) return;
  const retryAt = addSeconds(key.rotatedAt, rotationWaitSeconds);
  if (compareTimes(now, retryAt) < 0) throw new EstateError('ROTATION_TOO_SOON', { retryAt });
}
