/** From what the caller asked for to a key that can be made: template, names, dates and keystores, checked. */
import { z } from 'zod';
import type { Id, PlainDate } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import { settingsGiven } from '../../domain/own-settings.js';
import { plannedDates } from '../../domain/schedule.js';
import { type KeyTemplate, type TemplateKey, templateNameRule } from '../../domain/template.js';
import { dayOf } from '../../domain/time.js';
import type { Vault } from '../../domain/vault.js';
import type { Context } from '../operation.js';
import { id, text } from '../rules.js';
import { checkedRecipe, namingScheme, type Recipe, templateKey, templateTargets } from '../templates/recipe.js';
import { made } from '../tracked.js';
import { type KeyDates, refuseDisorder } from './dates.js';
import { keyFields } from './fields.js';
import { type KeyNames, nameKey } from './naming.js';

/** How a new key says what it is made from, and what it changes of that. */
export const newKeyFields = {
  vaultId: id,
  templateId: id.optional(),
  templateName: text(templateNameRule).optional(),
  /** A recipe of the key's own; it becomes a SHADOW template. */
  template: z.strictObject({ namingScheme: namingScheme.default(null), key: templateKey, targets: templateTargets }).optional(),
  label: keyFields.label.optional(),
  namingValues: keyFields.namingValues.default([]),
  description: keyFields.description.default(''),
  tags: keyFields.tags.default([]),
  activationDate: keyFields.activationDate.optional(),
  expirationDate: keyFields.expirationDate.optional(),
  destructionDate: keyFields.destructionDate.optional(),
  rotationPolicy: keyFields.rotationPolicy.optional(),
  lifecyclePolicy: keyFields.lifecyclePolicy.optional(),
  deactivateOnRotation: keyFields.deactivateOnRotation.optional(),
};

const newKey = z.strictObject(newKeyFields);
export type NewKeyInput = z.output<typeof newKey>;

/** Whether exactly one way to a template was chosen. */
export function namesOneTemplate(input: Partial<Pick<NewKeyInput, 'templateId' | 'templateName' | 'template'>>): boolean {
  return [input.templateId, input.templateName, input.template].filter((way) => way !== undefined).length === 1;
}
export const oneTemplateMessage = 'give exactly one of templateId, templateName and template';

/** A key that can be made: everything but its state and material. */
export interface Draft {
  readonly template: KeyTemplate;
  /** Whether the template is new and comes into being with the key. */
  readonly isShadow: boolean;
  readonly names: KeyNames;
  readonly key: ManagedKey;
}

/**
 * The key as it would be made now, not active yet.
 * @throws EstateError KEY_TEMPLATE_NOT_FOUND, TEMPLATE_ARCHIVED, and what `checkedRecipe` and `nameKey` throw
 */
export async function draftKey(context: Context, input: NewKeyInput, vault: Vault, origin: ManagedKey['origin']): Promise<Draft> {
  const shadow = input.template && shadowTemplate(context, vault.id, checkedRecipe(context.estate, input.template));
  const template = shadow ?? (await existingTemplate(context, input, vault.id));
  const dates = datesOf(input, template.key, dayOf(context.now));
  refuseDisorder(dates);
  const names = nameKey(context.estate, template, input, { createdOn: dayOf(context.now), expiresOn: dates.expirationDate });
  return { template, isShadow: shadow !== undefined, names, key: keyOf(context, input, template, dates, names, origin) };
}

/** @throws EstateError TEMPLATE_ARCHIVED: no new keys are made from it */
export function refuseArchived({ state }: KeyTemplate): void {
  if (state !== 'UNARCHIVED') throw new EstateError('TEMPLATE_ARCHIVED');
}

async function existingTemplate({ estate }: Context, input: NewKeyInput, vaultId: Id): Promise<KeyTemplate> {
  const { read } = estate.store;
  const byName = { vaultId: { eq: vaultId }, name: { eq: input.templateName ?? '' }, state: { ne: 'RETIRED' } };
  const template =
    input.templateId === undefined ? (await read.find('keyTemplate', byName, 1))[0] : await read.get('keyTemplate', input.templateId);
  if (!template || template.vaultId !== vaultId || template.state === 'RETIRED') throw new EstateError('KEY_TEMPLATE_NOT_FOUND');
  refuseArchived(template);
  return template;
}

function shadowTemplate(context: Context, vaultId: Id, recipe: Recipe): KeyTemplate {
  const row = made(context);
  const fields = {
    name: `Shadow-${row.id}`,
    description: '',
    types: ['SHADOW'],
    state: 'UNARCHIVED',
    retiredFrom: null,
    version: 1,
  } as const;
  return { ...row, vaultId, ...fields, ...recipe };
}

/** Periods count from today to activation, and from activation to expiration; a date of the caller's own goes before. */
function datesOf(input: NewKeyInput, key: TemplateKey, today: PlainDate): KeyDates {
  const { activationDate, expirationDate, destructionDate = null } = input;
  const activation = activationDate === undefined ? plannedDates(key, today).activationDate : activationDate;
  const expiration = plannedDates({ ...key, activationPeriod: null }, activation ?? today).expirationDate;
  return { activationDate: activation, expirationDate: expirationDate === undefined ? expiration : expirationDate, destructionDate };
}

function keyOf(
  context: Context,
  input: NewKeyInput,
  template: KeyTemplate,
  dates: KeyDates,
  names: KeyNames,
  origin: ManagedKey['origin'],
): ManagedKey {
  const { key, targets, version: templateVersion } = template;
  return {
    ...made(context),
    vaultId: template.vaultId,
    templateId: template.id,
    templateVersion,
    label: names.label,
    description: input.description,
    state: 'PRE_ACTIVATION',
    algorithm: key.algorithm,
    size: key.size,
    origin,
    version: 1,
    ...dates,
    tags: input.tags,
    labelTags: names.labelTags,
    targets,
    deactivateOnRotation: input.deactivateOnRotation ?? key.deactivateOnRotation,
    rotationPolicy: input.rotationPolicy === undefined ? key.rotationPolicy : input.rotationPolicy,
    lifecyclePolicy: input.lifecyclePolicy ?? key.lifecyclePolicy,
    ownSettings: settingsGiven(input),
    rotatedAt: null,
    rotationForcedAt: null,
    nextRotationAt: null,
    activatedAt: null,
    deactivatedAt: null,
    compromisedAt: null,
    destroyAt: null,
    destroyedAt: null,
  };
}
