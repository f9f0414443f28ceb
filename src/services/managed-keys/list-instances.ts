import { z } from 'zod';
import { statusesInKeystore, syncFlags } from '../../domain/sync-state.js';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';
import { pageOf } from '../paging.js';
import { anyOf, id, paging } from '../rules.js';
import { visibleKeys } from './visible-keys.js';

/** Copies of keys in keystores: what is wanted there, what was seen, and what went wrong. */
export const keyInstances = read({
  name: 'keyInstances',
  action: 'key-instance.list',
  input: z.strictObject({
    filter: z
      .strictObject({
        ids: anyOf(id),
        managedKeyIds: anyOf(id),
        keystoreIds: anyOf(id),
        vaultIds: anyOf(id),
        syncFlags: anyOf(z.enum(syncFlags)),
        statuses: anyOf(z.enum(statusesInKeystore)),
      })
      .default({}),
    ...paging,
  }),
  place: everywhere('key-instance'),
  read: async ({ estate, access }, { filter, ...page }) => {
    const where = {
      ...visibleKeys(access, 'keyInstances', 'managedKeyId', filter.vaultIds),
      ...(filter.ids ? { id: { in: filter.ids } } : {}),
      ...(filter.managedKeyIds ? { managedKeyId: { in: filter.managedKeyIds } } : {}),
      ...(filter.keystoreIds ? { keystoreId: { in: filter.keystoreIds } } : {}),
      ...(filter.syncFlags ? { syncFlag: { in: filter.syncFlags } } : {}),
      ...(filter.statuses ? { status: { in: filter.statuses } } : {}),
    };
    return await pageOf(estate.store.read, 'keyInstance', where, page);
  },
});
