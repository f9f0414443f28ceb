import type { ManagedKey } from '../../domain/managed-key.js';
import { refuseEarlyRotation } from '../../domain/rotation.js';
import type { Writer } from '../../store/contract.js';
import { fresh } from '../fresh.js';
import { type Context, change } from '../operation.js';
import { keyAndRevision } from './input.js';
import { generateMaterial, insertMaterial, type Material } from './material.js';
import { forgetMoved, type Moved, refuseAction, settleMove } from './move.js';
import { managedKeyPlace } from './place.js';

/**
 * Gives a key new material under its next version, which becomes the current one in all its keystores. Earlier versions
 * are deactivated where the key says so; what they protected can still be opened.
 * @throws EstateError ROTATION_TOO_SOON (people only: the key's own schedule need not wait), KEY_STATE_FORBIDS
 */
export const rotateManagedKey = change({
  name: 'rotateManagedKey',
  action: 'managed-key.rotate',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  prepare: async (context, _input, key) => {
    refuseRotation(context, key);
    return await generateMaterial(context, key, key.version + 1);
  },
  commit: async (tx, context, _input, subject, material) => {
    const key = await fresh(tx, 'managedKey', subject);
    refuseRotation(context, key);
    return await addVersion(tx, context, key, material);
  },
  follow: forgetMoved,
});

/** Makes the material the key's current version. */
export async function addVersion(tx: Writer, context: Context, key: ManagedKey, material: Material): Promise<Moved> {
  const { version } = material.version;
  await insertMaterial(tx, material, key.state);
  const { output } = await settleMove(tx, context, key, { ...key, version, rotatedAt: context.now, rotationForcedAt: null });
  return { output, details: { version } };
}

function refuseRotation(context: Context, key: ManagedKey): void {
  const { call, estate, now } = context;
  refuseAction(context, key, 'rotate');
  if (call.principal.kind !== 'SYSTEM') refuseEarlyRotation(key, now, estate.policy.rotationWaitSeconds);
}
