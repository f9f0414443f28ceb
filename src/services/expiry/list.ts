import { z } from 'zod';
import { type Expiring, type ExpiringKind, expiringKinds } from '../../domain/expiry.js';
import { actionsFor } from '../../domain/permissions.js';
import { addDays, compareTimes } from '../../domain/time.js';
import { everywhere } from '../everywhere.js';
import { visibleKeys } from '../managed-keys/visible-keys.js';
import type { Context } from '../operation.js';
import { read } from '../operation.js';
import { defaultPageSize, type ListPage } from '../paging.js';
import { anyOf, id, paging } from '../rules.js';
import { placeAfter, placeOf, type SourcePlaces } from './place.js';
import { apiKeySource, certificateSource, managedKeySource, type Source } from './sources.js';

const input = z.strictObject({
  withinDays: z.int().min(0).max(36_500).default(30),
  kinds: anyOf(z.enum(expiringKinds)),
  vaultIds: anyOf(id),
  first: paging.first,
  after: paging.after,
});

/**
 * Managed keys, API keys and certificates that expire within so many days, what expires first comes first; managed keys
 * that have expired and are still there lead. Each kind is shown to whoever may list it.
 * @throws EstateError CURSOR_INVALID
 */
export const expiring = read({
  name: 'expiring',
  action: 'instance.list-expiring',
  input,
  place: everywhere('instance'),
  read: async (context, { withinDays, first, after, ...asked }): Promise<ListPage<Expiring>> => {
    const until = addDays(context.estate.now(), withinDays);
    const sources = visibleSources(context, asked);
    const page = await merged(sources, until, first ?? defaultPageSize, placeOf(after));
    const total = async () => (await Promise.all(sources.map((source) => source.count(until)))).reduce((sum, count) => sum + count, 0);
    return { ...page, hasPrevious: after !== undefined, total };
  },
});

function visibleSources({ estate, access }: Context, { kinds, vaultIds }: Pick<z.output<typeof input>, 'kinds' | 'vaultIds'>): Source[] {
  const isAsked = (kind: ExpiringKind) => kinds?.includes(kind) ?? true;
  return [
    managedKeySource(estate, visibleKeys(access, 'managedKeys', 'id', vaultIds)),
    // Nothing but keys lives in a vault.
    ...(vaultIds === undefined && access.allows(actionsFor('apiKeys'), {}) ? [apiKeySource(estate)] : []),
    ...(vaultIds === undefined ? [certificateSource(estate)] : []),
  ].filter(({ kind }) => isAsked(kind));
}

interface Candidate {
  readonly kind: ExpiringKind;
  readonly cursor: string;
  readonly entity: Expiring;
}

/** One page out of several sources: as many of each as the page may hold, put in order and cut. */
async function merged(sources: readonly Source[], until: string, limit: number, places: SourcePlaces) {
  const pages = await Promise.all(
    sources.map(async ({ kind, page }) => {
      const cursor = places[kind];
      const { items, hasNext } = await page(until, { limit, ...(cursor === undefined ? {} : { cursor }) });
      return { hasNext, items: items.map((item): Candidate => ({ kind, ...item })) };
    }),
  );
  const all = pages.flatMap(({ items }) => items).toSorted(byExpiry);
  let place = places;
  const items = all.slice(0, limit).map(({ kind, cursor, entity }) => {
    place = { ...place, [kind]: cursor };
    return { cursor: placeAfter(place), entity };
  });
  return { items, hasNext: all.length > limit || pages.some(({ hasNext }) => hasNext) };
}

/** Candidates of one kind stay in the order of their source. */
function byExpiry(one: Candidate, other: Candidate): number {
  const byTime = compareTimes(one.entity.expiresAt, other.entity.expiresAt);
  return byTime !== 0 ? byTime : expiringKinds.indexOf(one.kind) - expiringKinds.indexOf(other.kind);
}
