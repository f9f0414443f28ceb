import { type ExpiringKind, nounOfKind } from '../../domain/expiry.js';
import { addDays } from '../../domain/time.js';
import type { Estate } from '../estate.js';
import { apiKeySource, certificateSource, managedKeySource } from './sources.js';

/** How many of a kind expire within so many days. */
export interface ExpiringCount {
  readonly kind: (typeof nounOfKind)[ExpiringKind];
  readonly withinDays: number;
  readonly count: number;
}

const horizons = [7, 30, 90] as const;

/** The numbers that a monitor watches, of the whole instance. */
export async function expiringCounts(estate: Pick<Estate, 'store' | 'now' | 'listenerCertificate'>): Promise<readonly ExpiringCount[]> {
  const sources = [managedKeySource(estate), apiKeySource(estate), certificateSource(estate)];
  const asked = sources.flatMap((source) => horizons.map((withinDays) => ({ source, withinDays })));
  return await Promise.all(
    asked.map(async ({ source, withinDays }) => ({
      kind: nounOfKind[source.kind],
      withinDays,
      count: await source.count(addDays(estate.now(), withinDays)),
    })),
  );
}
