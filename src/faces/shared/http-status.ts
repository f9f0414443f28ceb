import type { ErrorKind } from '../../domain/errors.js';

/** HTTP's word for each kind of error. */
export const httpStatus = {
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'already-exists': 409,
  'wrong-state': 409,
  'stale-version': 412,
  'limit-reached': 429,
  unsupported: 422,
  sealed: 503,
  'crypto-failed': 400,
  'upstream-failed': 502,
  'timed-out': 504,
  internal: 500,
} as const satisfies Record<ErrorKind, number>;
