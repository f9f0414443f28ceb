import { z } from 'zod';
import { read } from '../operation.js';
import { pageOf } from '../paging.js';
import { id, paging } from '../rules.js';
import { managedKeyPlace } from './place.js';

/** The versions of one key, newest first. */
export const keyVersions = read({
  name: 'keyVersions',
  action: 'key-version.list',
  input: z.strictObject({ managedKeyId: id, ...paging }),
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: (context, input) => managedKeyPlace(context, { id: input.managedKeyId }),
  read: async ({ estate }, { managedKeyId: _id, ...page }, key) => {
    const newestFirst = [{ field: 'version', descending: true }];
    return await pageOf(estate.store.read, 'keyVersion', { managedKeyId: { eq: key.id } }, { ...page, sort: newestFirst });
  },
});
