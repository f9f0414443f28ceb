import { z } from 'zod';
import { change } from '../operation.js';
import { id, revision } from '../rules.js';
import { changed } from '../tracked.js';
import { refuseLifecycleWrite } from './lifecycle-rights.js';
import { templatePlace } from './place.js';

/**
 * Makes a template that came along with a key (SHADOW) one of everybody's (USER_DEFINED). Others stay as they are.
 * @throws EstateError FORBIDDEN also without the right to what it then decides about states of keys for the vault
 */
export const exposeKeyTemplate = change({
  name: 'exposeKeyTemplate',
  action: 'key-template.expose',
  input: z.strictObject({ id, revision: revision.optional() }),
  missing: 'KEY_TEMPLATE_NOT_FOUND',
  place: templatePlace,
  commit: async (tx, context, _input, template) => {
    if (!template.types.includes('SHADOW')) return { output: template };
    refuseLifecycleWrite(context, template.vaultId, null, template.key);
    const types = ['USER_DEFINED', ...template.types.filter((type) => type !== 'SHADOW' && type !== 'USER_DEFINED')] as const;
    return { output: await tx.update('keyTemplate', changed(context, template, { types })) };
  },
});
