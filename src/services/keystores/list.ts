import { z } from 'zod';
import { healthStatuses, type Keystore } from '../../domain/keystore.js';
import type { Where } from '../../store/contract.js';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';
import { pageOf } from '../paging.js';
import { anyOf, id, paging, searchText, sorting } from '../rules.js';
import { visibleVaults } from '../visible.js';

export const keystoreSortFields = ['name', 'createdAt', 'updatedAt', 'vaultId'] as const;

const filter = z.strictObject({
  ids: anyOf(id),
  vaultIds: anyOf(id),
  types: anyOf(z.string().max(64)),
  /** Any part of the name. */
  name: searchText,
  description: searchText,
  /** Keystores that carry any of these. */
  groups: anyOf(z.string().max(200)),
  locations: anyOf(z.string().max(100)),
  healthStatuses: anyOf(z.enum(healthStatuses)),
});

/** The keystores the caller may see, a page at a time. */
export const keystores = read({
  name: 'keystores',
  action: 'keystore.list',
  input: z.strictObject({ filter: filter.default({}), sort: sorting(keystoreSortFields), ...paging }),
  place: everywhere('keystore'),
  read: async ({ estate, access }, { filter: asked, ...page }) => {
    const where = { ...conditions(asked), ...visibleVaults(access, 'keystores', asked.vaultIds) };
    return await pageOf(estate.store.read, 'keystore', where, page);
  },
});

function conditions(asked: z.output<typeof filter>): Where<Keystore> {
  return {
    state: { eq: 'ACTIVE' },
    ...(asked.ids && { id: { in: asked.ids } }),
    ...(asked.types && { type: { in: asked.types } }),
    ...(asked.name && { name: { contains: asked.name } }),
    ...(asked.description && { description: { contains: asked.description } }),
    ...(asked.groups && { any: asked.groups.map((group) => ({ groups: { has: group } })) }),
    ...(asked.locations && { location: { in: asked.locations } }),
    ...(asked.healthStatuses && { healthStatus: { in: asked.healthStatuses } }),
  };
}
