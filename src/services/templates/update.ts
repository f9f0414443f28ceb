import { z } from 'zod';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { JsonValue } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { type KeyTemplate, templateNameRule } from '../../domain/template.js';
import { given } from '../given.js';
import { change } from '../operation.js';
import { description, id, revision, text } from '../rules.js';
import { storeChange } from '../tracked.js';
import { refuseTakenTemplateName } from './create.js';
import { refuseLifecycleWrite } from './lifecycle-rights.js';
import { templatePlace, templateTarget } from './place.js';
import { checkedRecipe, type Recipe, type TargetInput, templateKeyChanges, templateTargets } from './recipe.js';

/**
 * Changes a key template. Absent fields stay as they are; targets are replaced as a whole. Algorithm and naming scheme
 * never change.
 *
 * When the recipe itself changes, the template's version grows, and its keys are UNALIGNED until they are aligned.
 * @throws EstateError FORBIDDEN also when that changes what it decides about states of keys, TEMPLATE_ARCHIVED, NAME_TAKEN, and what `checkedRecipe` throws
 */
export const updateKeyTemplate = change({
  name: 'updateKeyTemplate',
  action: 'key-template.update',
  input: z.strictObject({
    id,
    revision: revision.optional(),
    name: text(templateNameRule).optional(),
    description: description.optional(),
    key: templateKeyChanges.optional(),
    targets: templateTargets.optional(),
  }),
  missing: 'KEY_TEMPLATE_NOT_FOUND',
  place: templatePlace,
  prepare: async (context, input, template) => {
    const key = { ...template.key, ...given(input.key ?? {}) };
    refuseLifecycleWrite(context, template.vaultId, template.key, key);
    if (template.state === 'ARCHIVED') throw new EstateError('TEMPLATE_ARCHIVED');
    const targets = input.targets ?? template.targets.map(asInput);
    return checkedRecipe(context.estate, { namingScheme: template.namingScheme, key, targets }, template.targets);
  },
  commit: async (tx, context, input, template, recipe) => {
    const { name, description: words } = input;
    if (name !== undefined) await refuseTakenTemplateName(tx, template.vaultId, name, template.id);
    const version = isSame(template, recipe) ? template.version : template.version + 1;
    const recipeFields = version === template.version ? {} : { key: recipe.key, targets: recipe.targets, version };
    const updated = await storeChange(tx, context, 'keyTemplate', template, { ...given({ name, description: words }), ...recipeFields });
    return { output: updated, target: templateTarget(updated), details: { versionBefore: template.version, versionAfter: version } };
  },
});

function asInput({ id: _id, ...target }: KeyTemplate['targets'][number]): TargetInput {
  return target as unknown as TargetInput;
}

function isSame(before: Recipe, after: Recipe): boolean {
  const text = ({ key, targets }: Recipe) => canonicalJson({ key, targets } as unknown as JsonValue);
  return text(before) === text(after);
}
