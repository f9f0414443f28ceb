import { z } from 'zod';
import { change } from '../operation.js';
import { id, revision } from '../rules.js';
import { changed } from '../tracked.js';
import { templatePlace } from './place.js';

/** Makes a template that came along with a key (SHADOW) one of everybody's (USER_DEFINED). Others stay as they are. */
export const exposeKeyTemplate = change({
  name: 'exposeKeyTemplate',
  action: 'key-template.expose',
  input: z.strictObject({ id, revision: revision.optional() }),
  missing: 'KEY_TEMPLATE_NOT_FOUND',
  place: templatePlace,
  commit: async (tx, context, _input, template) => {
    if (!template.types.includes('SHADOW')) return { output: template };
    const types = ['USER_DEFINED', ...template.types.filter((type) => type !== 'SHADOW' && type !== 'USER_DEFINED')] as const;
    return { output: await tx.update('keyTemplate', changed(context, template, { types })) };
  },
});
