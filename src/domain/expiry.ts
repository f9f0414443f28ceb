/** Things that expire, and when somebody is told. */
import type { Id, Timestamp, Tracked } from './entity.js';
import { secondsBetween } from './time.js';

export const expiringKinds = ['MANAGED_KEY', 'API_KEY', 'TLS_CERTIFICATE'] as const;
export type ExpiringKind = (typeof expiringKinds)[number];

/** Something with an end in sight. */
export interface Expiring {
  readonly kind: ExpiringKind;
  /** Of a managed key or API key; of a certificate its SHA-256 fingerprint in lower-case hex. */
  readonly id: string;
  readonly name: string;
  readonly vaultId: Id | null;
  readonly expiresAt: Timestamp;
  /** Whether it stops working then. A managed key does where its lifecycle policy deactivates it on its date. */
  readonly ends: boolean;
}

/** Remembers that somebody was told of an expiry, so that nobody is told twice. One per subject: the latest. */
export interface ExpiryNotice extends Tracked {
  readonly subjectId: string;
  /** The expiry that was told of. */
  readonly expiresAt: Timestamp;
  /** The threshold that had been passed. */
  readonly noticeDays: number;
}

/** The noun of the audit log, metrics and people for a kind. */
export const nounOfKind = {
  MANAGED_KEY: 'managed-key',
  API_KEY: 'api-key',
  TLS_CERTIFICATE: 'tls-certificate',
} as const satisfies Record<ExpiringKind, string>;

/**
 * The threshold of which somebody is to be told now: the smallest that was passed, unless this expiry was told of at it or
 * a smaller one. So of several that passed at once (the server was down) only one is told. `null`: nothing to tell.
 */
export function noticeDue(
  expiresAt: Timestamp,
  now: Timestamp,
  thresholds: readonly number[],
  told: Pick<ExpiryNotice, 'expiresAt' | 'noticeDays'> | undefined,
): number | null {
  const daysLeft = secondsBetween(now, expiresAt) / 86_400;
  const passed = thresholds.filter((days) => daysLeft <= days);
  if (passed.length === 0) return null;
  const threshold = Math.min(...passed);
  const isTold = told !== undefined && told.expiresAt === expiresAt && told.noticeDays <= threshold;
  return isTold ? null : threshold;
}
