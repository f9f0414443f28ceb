import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { moveKey } from '../../domain/key-state.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import { nextRotationOf } from '../../domain/rotation.js';
import type { Writer } from '../../store/contract.js';
import { fresh, liveVault } from '../fresh.js';
import { type Context, change } from '../operation.js';
import { inVault } from '../vaults/place.js';
import { keyFields } from './fields.js';
import { newInstance } from './instances.js';
import { refuseNewLifecycle } from './lifecycle-rights.js';
import { generateMaterial, insertMaterial } from './material.js';
import { refuseTakenNames } from './names.js';
import { managedKeyTarget } from './place.js';
import { placementsOf } from './placements.js';
import { type Draft, draftKey, namesOneTemplate, newKeyFields, oneTemplateMessage, refuseArchived } from './recipe.js';

/**
 * Makes a key from a template: material inside the HSM, the first version, and a copy wanted in every keystore of the
 * template's targets. It is ACTIVE at once unless the template or the input says PRE_ACTIVATION.
 * @throws EstateError FORBIDDEN also when it is to move otherwise than the vault's template says without the right to,
 * KEY_TEMPLATE_NOT_FOUND, TEMPLATE_ARCHIVED, TARGET_GROUP_UNKNOWN, NAME_TAKEN, NAMING_VALUE_MISSING,
 * NAME_BREAKS_KEYSTORE_RULE, ALGORITHM_NOT_SUPPORTED_BY_KEYSTORE, HSM_SEALED
 */
export const createManagedKey = change({
  name: 'createManagedKey',
  action: 'managed-key.create',
  input: z
    .strictObject({ ...newKeyFields, initialState: keyFields.initialState.optional() })
    .refine(namesOneTemplate, { error: oneTemplateMessage }),
  missing: 'VAULT_NOT_FOUND',
  place: (context, input) => inVault(context, input.vaultId, 'managed-key', input.label ?? null),
  prepare: async (context, input, vault) => {
    const draft = await draftKey(context, input, vault, 'GENERATED');
    const initialState = input.initialState ?? draft.template.key.initialState;
    refuseNewLifecycle(context, draft.template, draft.key, initialState);
    return { draft, initialState, material: await generateMaterial(context, draft.key, 1) };
  },
  commit: async (tx, context, _input, _vault, { draft, initialState, material }) => {
    const key = await insertKey(tx, context, draft, initialState === 'ACTIVE' ? activated(context, draft.key) : draft.key);
    await insertMaterial(tx, material, key.state);
    return { output: key, target: managedKeyTarget(key), details: { templateId: draft.template.id, isShadow: draft.isShadow } };
  },
  repeat: { idOf: (key) => key.id, again: async (context, id) => await keyAgain(context, id) },
});

/** Stores the key with the copies wanted of it, and its template when that is new. */
export async function insertKey(tx: Writer, context: Context, { template, isShadow, names }: Draft, key: ManagedKey): Promise<ManagedKey> {
  await liveVault(tx, key.vaultId);
  if (isShadow) await tx.insert('keyTemplate', template);
  else refuseArchived(await fresh(tx, 'keyTemplate', template));
  const placements = await placementsOf(tx, key, (target) => names.byTarget.get(target.id) ?? key.label);
  await refuseTakenNames(tx, { vaultId: key.vaultId, label: key.label, placements }, key.id);
  await tx.insert('managedKey', key);
  await tx.insertMany(
    'keyInstance',
    placements.map((placement) => newInstance(context, key, placement)),
  );
  return key;
}

/** The key of an earlier call with the same client token. @throws EstateError MANAGED_KEY_NOT_FOUND when it was removed since */
export async function keyAgain({ estate }: Context, id: string): Promise<ManagedKey> {
  const key = await estate.store.read.get('managedKey', id);
  if (!key) throw new EstateError('MANAGED_KEY_NOT_FOUND');
  return key;
}

function activated({ estate, now }: Context, key: ManagedKey): ManagedKey {
  const active = moveKey(key, 'activate', now, { ...estate.policy, pendingSeconds: 0 });
  return { ...active, nextRotationAt: nextRotationOf(active) };
}
