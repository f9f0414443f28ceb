import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';
import { pageOf } from '../paging.js';
import { anyOf, id, paging, searchText, sorting } from '../rules.js';
import { visibleVaultIds } from '../visible.js';

export const vaultSortFields = ['name', 'createdAt', 'updatedAt'] as const;

/** The vaults the caller may see, a page at a time; `name` is a beginning, `description` any part. */
export const vaults = read({
  name: 'vaults',
  action: 'vault.list',
  input: z.strictObject({
    filter: z.strictObject({ ids: anyOf(id), name: searchText, description: searchText }).default({}),
    sort: sorting(vaultSortFields),
    ...paging,
  }),
  place: everywhere('vault'),
  read: async ({ estate, access }, { filter, ...page }) => {
    const ids: readonly Id[] | undefined = visibleVaultIds(access, 'vaults', filter.ids);
    const where = {
      state: { eq: 'ACTIVE' },
      ...(ids === undefined ? {} : { id: { in: ids } }),
      ...(filter.name === undefined ? {} : { name: { startsWith: filter.name } }),
      ...(filter.description === undefined ? {} : { description: { contains: filter.description } }),
    };
    return await pageOf(estate.store.read, 'vault', where, page);
  },
});
