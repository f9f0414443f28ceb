import { type AlignmentPlan, alignmentOf, alignmentPlan } from '../../domain/alignment.js';
import type { JsonValue } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Keystore } from '../../domain/keystore.js';
import type { KeyInstance, ManagedKey } from '../../domain/managed-key.js';
import { nextRotationOf } from '../../domain/rotation.js';
import type { KeyTemplate } from '../../domain/template.js';
import type { Writer } from '../../store/contract.js';
import type { Estate } from '../estate.js';
import { fresh } from '../fresh.js';
import { type Context, change } from '../operation.js';
import { changed } from '../tracked.js';
import { shownAlignment } from './alignment.js';
import { keyAndRevision } from './input.js';
import { desiredState, newInstance, wantInstance } from './instances.js';
import { refuseAlignedLifecycle } from './lifecycle-rights.js';
import { leavesThisServer } from './material.js';
import { refuseAction } from './move.js';
import { refuseTakenNames } from './names.js';
import { nameAtTarget } from './naming.js';
import { managedKeyPlace } from './place.js';
import { openKeystores } from './placements.js';

/**
 * Brings a key to where its template is now: policies that are not the key's own, targets, and the keystores that
 * carry their groups. Keystores that joined get a copy; in those that left, the copy is deactivated and stays until the
 * key is destroyed. A dry run's audit event tells the differences without touching them. An aligned key is left as it is.
 * @throws EstateError FORBIDDEN also when dates would move the key otherwise without the right to, CANNOT_ALIGN with reason and differences, TEMPLATE_ARCHIVED, KEY_STATE_FORBIDS
 */
export const alignManagedKey = change({
  name: 'alignManagedKey',
  action: 'managed-key.align',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => {
    const key = await fresh(tx, 'managedKey', subject);
    refuseAction(context, key, 'align');
    const template = await tx.get('keyTemplate', key.templateId);
    if (!template) throw new EstateError('KEY_TEMPLATE_NOT_FOUND');
    const keystores = await openKeystores(tx, key.vaultId);
    const instances = await tx.find('keyInstance', { managedKeyId: { eq: key.id } });
    const alignment = alignmentOf(key, template, keystores, instances);
    const details = { differences: alignment.differences as unknown as JsonValue };
    if (alignment.status === 'ALIGNED') return { output: key, details };
    refuseObstacle(context.estate, key, template, shownAlignment(context.access, key, alignment));
    const plan = alignmentPlan(key, template, keystores, instances);
    refuseAlignedLifecycle(context, key, { ...key, ...plan.key });
    const output = await carryOut(tx, context, key, instances, plan);
    return { output, details };
  },
});

function refuseObstacle(
  estate: Estate,
  key: ManagedKey,
  template: KeyTemplate,
  { reason, differences }: ReturnType<typeof alignmentOf>,
): void {
  if (reason === 'TEMPLATE_ARCHIVED') throw new EstateError('TEMPLATE_ARCHIVED');
  if (reason !== null) throw new EstateError('CANNOT_ALIGN', { reason, differences });
  // Material that was made to stay in this server's HSM never leaves it, not even wrapped.
  const wouldLeave = leavesThisServer(estate, template.targets) && !leavesThisServer(estate, key.targets);
  if (wouldLeave) throw new EstateError('CANNOT_ALIGN', { reason: 'MATERIAL_NOT_EXTRACTABLE', differences });
}

async function carryOut(
  tx: Writer,
  context: Context,
  before: ManagedKey,
  instances: readonly KeyInstance[],
  plan: AlignmentPlan<Keystore>,
): Promise<ManagedKey> {
  const wanted = { ...before, ...plan.key };
  const key = await tx.update('managedKey', changed(context, wanted, { nextRotationAt: nextRotationOf(wanted) }));
  const placements = [...plan.added, ...plan.kept].map(({ target, keystore }) => {
    return { keystoreId: keystore.id, targetId: target.id, name: nameAtTarget(target, key.label, key.labelTags) };
  });
  await refuseTakenNames(tx, { vaultId: key.vaultId, label: key.label, placements }, key.id);
  const byKeystore = new Map(instances.map((instance) => [instance.keystoreId, instance]));
  for (const placement of placements) {
    const instance = byKeystore.get(placement.keystoreId);
    const { targetId, name } = placement;
    if (!instance) await tx.insert('keyInstance', newInstance(context, key, placement));
    else await wantInstance(tx, context, instance, desiredState(key, { ...instance, targetId }), { targetId, name });
  }
  for (const keystoreId of plan.removed) {
    const instance = byKeystore.get(keystoreId);
    if (instance) await wantInstance(tx, context, instance, desiredState(key, { ...instance, targetId: null }), { targetId: null });
  }
  return key;
}
