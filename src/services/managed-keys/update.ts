import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import type { KeyInstance, ManagedKey } from '../../domain/managed-key.js';
import {
  type OwnSetting,
  ownSettings,
  ownSettingsAfter,
  type Settings,
  settingFields,
  settingsGiven,
  settingsOf,
} from '../../domain/own-settings.js';
import { keyUpdateActions } from '../../domain/permissions.js';
import { nextRotationOf } from '../../domain/rotation.js';
import type { Writer } from '../../store/contract.js';
import { fresh } from '../fresh.js';
import { type Given, given } from '../given.js';
import { invalidInput } from '../invalid-input.js';
import { type Context, change } from '../operation.js';
import { id, revision } from '../rules.js';
import { storeChange } from '../tracked.js';
import { refuseDisorder } from './dates.js';
import { keyFields } from './fields.js';
import { wantInstance } from './instances.js';
import { refuseLifecycleChange } from './lifecycle-rights.js';
import { refuseAction } from './move.js';
import { refuseTakenNames } from './names.js';
import { isLabelFromScheme, refuseNameInKeystore } from './naming.js';
import { managedKeyPlace, managedKeyTarget } from './place.js';

const dateFields = ['activationDate', 'expirationDate', 'destructionDate', 'rotationPolicy', 'lifecyclePolicy'] as const;

/**
 * Changes what is known of a key, and its calendar; absent fields stay as they are. A new label renames the key in its
 * keystores, except where a target names it by a scheme of its own. Policies given become the key's own, which
 * alignment leaves; those in `followTemplate` become the template's again, at once.
 * @throws EstateError FORBIDDEN when dates, tags, or how dates move the key are changed without the right to, NAME_TAKEN, NAME_BREAKS_KEYSTORE_RULE,
 * INPUT_INVALID for a new label of a key that a naming scheme has named and for a policy both given and to be followed,
 * KEY_TEMPLATE_NOT_FOUND, DESTRUCTION_PENDING, KEY_STATE_FORBIDS
 */
export const updateManagedKey = change({
  name: 'updateManagedKey',
  action: 'managed-key.update',
  input: z.strictObject({
    id,
    revision: revision.optional(),
    label: keyFields.label.optional(),
    description: keyFields.description.optional(),
    tags: keyFields.tags.optional(),
    activationDate: keyFields.activationDate.optional(),
    expirationDate: keyFields.expirationDate.optional(),
    destructionDate: keyFields.destructionDate.optional(),
    rotationPolicy: keyFields.rotationPolicy.optional(),
    lifecyclePolicy: keyFields.lifecyclePolicy.optional(),
    deactivateOnRotation: keyFields.deactivateOnRotation.optional(),
    followTemplate: z.array(z.enum(ownSettings)).max(ownSettings.length).optional(),
  }),
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, { id: _id, revision: _revision, followTemplate = [], ...input }, subject) => {
    const fields = given(input);
    refuseForbidden(context, subject, fields, followTemplate);
    refuseBoth(fields, followTemplate);
    const key = await fresh(tx, 'managedKey', subject);
    refuseAction(context, key, 'update');
    const own = ownSettingsAfter(key.ownSettings, { own: settingsGiven(fields), followed: followTemplate });
    const wanted = { ...key, ...fields, ...(await templateSettings(tx, key, followTemplate)), ownSettings: own };
    refuseLifecycleChange(context, key, wanted);
    refuseDisorder(wanted);
    if (wanted.label !== key.label) await rename(tx, context, key, wanted.label);
    const output = await storeChange(tx, context, 'managedKey', key, { ...wanted, nextRotationAt: nextRotationOf(wanted) });
    return { output, target: managedKeyTarget(output), details: wanted.label === key.label ? {} : { formerLabel: key.label } };
  },
});

function refuseForbidden({ access }: Context, key: ManagedKey, fields: Given<Partial<ManagedKey>>, followed: readonly OwnSetting[]): void {
  const changes = new Set([...Object.keys(fields), ...followed.map((setting) => settingFields[setting])]);
  const isDated = dateFields.some((field) => changes.has(field));
  const needed = keyUpdateActions({ dates: isDated, tags: fields.tags !== undefined });
  if (!access.allows(needed, { vaultId: key.vaultId, keyId: key.id })) throw new EstateError('FORBIDDEN');
}

function refuseBoth(fields: Given<Partial<ManagedKey>>, followed: readonly OwnSetting[]): void {
  const both = settingsGiven(fields).filter((setting) => followed.includes(setting));
  if (both.length === 0) return;
  throw invalidInput(...both.map((setting) => ({ path: settingFields[setting], message: 'is given, and in followTemplate' })));
}

async function templateSettings(tx: Writer, key: ManagedKey, followed: readonly OwnSetting[]): Promise<Partial<Settings>> {
  if (followed.length === 0) return {};
  const template = await tx.get('keyTemplate', key.templateId);
  if (!template) throw new EstateError('KEY_TEMPLATE_NOT_FOUND');
  return settingsOf(template.key, followed);
}

async function rename(tx: Writer, context: Context, key: ManagedKey, label: string): Promise<void> {
  const template = await tx.get('keyTemplate', key.templateId);
  if (template && isLabelFromScheme(template, key.label, key.labelTags)) {
    throw invalidInput({ path: 'label', message: 'was made by the naming scheme of the template and never changes' });
  }
  for (const target of key.targets) if (target.namingScheme === null) refuseNameInKeystore(context.estate, target, label);
  const instances = await tx.find('keyInstance', { managedKeyId: { eq: key.id } });
  const followers = instances.filter((instance) => followsLabel(key, instance));
  const placements = followers.map(({ keystoreId }) => ({ keystoreId, name: label }));
  await refuseTakenNames(tx, { vaultId: key.vaultId, label, placements }, key.id);
  for (const instance of followers) await wantInstance(tx, context, instance, instance.desiredState, { name: label });
}

/** Copies that no target asks for keep the name under which they were left. */
function followsLabel({ targets }: ManagedKey, { targetId }: KeyInstance): boolean {
  return targets.some((target) => target.id === targetId && target.namingScheme === null);
}
