/** Archived templates make no new keys and nothing is aligned to them; keys that were made from them live on. */
import { z } from 'zod';
import type { KeyTemplate } from '../../domain/template.js';
import type { Writer } from '../../store/contract.js';
import { type Context, change } from '../operation.js';
import { id, revision } from '../rules.js';
import { changed } from '../tracked.js';
import { refuseLifecycleWrite } from './lifecycle-rights.js';
import { templatePlace } from './place.js';

const input = z.strictObject({ id, revision: revision.optional() });

/** Archives a template; an archived one stays as it is. */
export const archiveKeyTemplate = change({
  name: 'archiveKeyTemplate',
  action: 'key-template.archive',
  input,
  missing: 'KEY_TEMPLATE_NOT_FOUND',
  place: templatePlace,
  commit: (tx, context, _input, template) => inState(tx, context, template, 'ARCHIVED'),
});

/**
 * Takes a template back out of the archive: what it decides about states of keys is in force again.
 * @throws EstateError FORBIDDEN also without the right to decide that
 */
export const unarchiveKeyTemplate = change({
  name: 'unarchiveKeyTemplate',
  action: 'key-template.unarchive',
  input,
  missing: 'KEY_TEMPLATE_NOT_FOUND',
  place: templatePlace,
  commit: async (tx, context, _input, template) => {
    if (template.state === 'ARCHIVED') refuseLifecycleWrite(context, template.vaultId, null, template.key);
    return await inState(tx, context, template, 'UNARCHIVED');
  },
});

async function inState(tx: Writer, context: Context, template: KeyTemplate, state: KeyTemplate['state']) {
  if (template.state === state) return { output: template };
  return { output: await tx.update('keyTemplate', changed(context, template, { state })) };
}
