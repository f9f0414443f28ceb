import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { type KeyTemplate, templateNameRule } from '../../domain/template.js';
import type { Reader } from '../../store/contract.js';
import { liveVault } from '../fresh.js';
import { change } from '../operation.js';
import { description, id, text } from '../rules.js';
import { made } from '../tracked.js';
import { inVault } from '../vaults/place.js';
import { refuseLifecycleWrite } from './lifecycle-rights.js';
import { templateTarget } from './place.js';
import { checkedRecipe, namingScheme, templateKey, templateTargets } from './recipe.js';

/**
 * Makes a key template: the recipe keys are made from. Its targets may lie in keystores of several types, so that one
 * key lives in several clouds. Names are unique within the vault.
 * @throws EstateError FORBIDDEN also when it decides about states of keys without the right to, NAME_TAKEN, and what
 * `checkedRecipe` throws
 */
export const createKeyTemplate = change({
  name: 'createKeyTemplate',
  action: 'key-template.create',
  input: z.strictObject({
    vaultId: id,
    name: text(templateNameRule),
    description: description.default(''),
    namingScheme: namingScheme.default(null),
    key: templateKey,
    targets: templateTargets,
    state: z.enum(['UNARCHIVED', 'ARCHIVED']).default('UNARCHIVED'),
  }),
  missing: 'VAULT_NOT_FOUND',
  place: (context, input) => inVault(context, input.vaultId, 'key-template', input.name),
  prepare: async (context, input, vault) => {
    refuseLifecycleWrite(context, vault.id, null, input.key);
    return checkedRecipe(context.estate, input);
  },
  commit: async (tx, context, input, vault, recipe) => {
    await liveVault(tx, vault.id);
    await refuseTakenTemplateName(tx, vault.id, input.name);
    const template: KeyTemplate = { ...made(context), ...input, ...recipe, types: ['USER_DEFINED'], retiredFrom: null, version: 1 };
    await tx.insert('keyTemplate', template);
    return { output: template, target: templateTarget(template) };
  },
  repeat: {
    idOf: (template) => template.id,
    again: async ({ estate }, templateId) => {
      const template = await estate.store.read.get('keyTemplate', templateId);
      if (!template) throw new EstateError('KEY_TEMPLATE_NOT_FOUND');
      return template;
    },
  },
});

/** @throws EstateError NAME_TAKEN */
export async function refuseTakenTemplateName(tx: Reader, vaultId: Id, name: string, exceptId: Id = ''): Promise<void> {
  const holders = await tx.find('keyTemplate', { vaultId: { eq: vaultId }, name: { eq: name }, state: { ne: 'RETIRED' } }, 2);
  if (holders.some(({ id: holderId }) => holderId !== exceptId)) throw new EstateError('NAME_TAKEN', { field: 'name' });
}
