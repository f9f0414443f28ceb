import { z } from 'zod';
import { everywhere } from '../everywhere.js';
import { read } from '../operation.js';
import { pageOf } from '../paging.js';
import { paging, sorting } from '../rules.js';
import { visibleVaults } from '../visible.js';
import { keyTemplateConditions, keyTemplateFilter } from './filter.js';

export const keyTemplateSortFields = ['name', 'createdAt', 'updatedAt', 'vaultId'] as const;

/** The key templates the caller may see, a page at a time, archived ones included. */
export const keyTemplates = read({
  name: 'keyTemplates',
  action: 'key-template.list',
  input: z.strictObject({ filter: keyTemplateFilter.default({}), sort: sorting(keyTemplateSortFields), ...paging }),
  place: everywhere('key-template'),
  read: async ({ estate, access }, { filter, ...page }) => {
    const where = { ...keyTemplateConditions(filter), ...visibleVaults(access, 'keyTemplates', filter.vaultIds) };
    return await pageOf(estate.store.read, 'keyTemplate', where, page);
  },
});
