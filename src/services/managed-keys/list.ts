import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import type { Reader, Where } from '../../store/contract.js';
import type { Access } from '../access.js';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';
import { pageOf } from '../paging.js';
import { paging, sorting } from '../rules.js';
import { alignmentsOf } from './alignment.js';
import { type ManagedKeyFilter, managedKeyConditions, managedKeyFilter, refuseExclusiveFilters } from './filter.js';
import { visibleKeys } from './visible-keys.js';

export const managedKeySortFields = [
  'label',
  'algorithm',
  'state',
  'activationDate',
  'expirationDate',
  'createdAt',
  'updatedAt',
  'size',
  'vaultId',
] as const;

/**
 * The managed keys the caller may see, a page at a time. Unless states or ids are asked for, only those before and in
 * their active life.
 * @throws EstateError FILTERS_EXCLUSIVE
 */
export const managedKeys = read({
  name: 'managedKeys',
  action: 'managed-key.list',
  input: z.strictObject({ filter: managedKeyFilter.prefault({}), sort: sorting(managedKeySortFields), ...paging }),
  place: everywhere('managed-key'),
  read: async ({ estate, access }, { filter, ...page }) => {
    refuseExclusiveFilters(filter);
    const { read: reader } = estate.store;
    const where = { ...managedKeyConditions(access, filter), ...visibleKeys(access, 'managedKeys', 'id', filter.vaultIds) };
    return await pageOf(reader, 'managedKey', await withAlignment(reader, access, where, filter), page);
  },
});

/** Alignment is stored nowhere, so who filters by it has it computed for all keys that match otherwise. */
async function withAlignment(
  reader: Reader,
  access: Access,
  where: Where<ManagedKey>,
  { alignmentStatuses }: ManagedKeyFilter,
): Promise<Where<ManagedKey>> {
  if (alignmentStatuses === undefined) return where;
  const ids: Id[] = [];
  for await (const keys of everyPage(reader, where)) {
    const alignments = await alignmentsOf(reader, access, keys);
    ids.push(...keys.map(({ id }) => id).filter((id) => alignmentStatuses.includes(alignments.get(id)?.status ?? 'ALIGNED')));
  }
  return { id: { in: ids } };
}

async function* everyPage(reader: Reader, where: Where<ManagedKey>): AsyncIterable<readonly ManagedKey[]> {
  let cursor: string | undefined;
  for (;;) {
    const page = await reader.page('managedKey', { where, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    yield page.items.map(({ entity }) => entity);
    cursor = page.items.at(-1)?.cursor;
    if (!page.hasNext || cursor === undefined) return;
  }
}
