import type { JsonObject } from '../../domain/entity.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import { dayOf } from '../../domain/time.js';
import { type Context, change } from '../operation.js';
import { type Revived, reviveAround } from '../revive.js';
import { keyAndRevision } from './input.js';
import { moveManagedKey } from './move.js';
import { refuseTakenNames } from './names.js';
import { managedKeyPlace } from './place.js';

/**
 * Takes a destruction back before it ends: the key is deactivated (or compromised) as before, and bears its name again. A destruction
 * date that has passed is dropped. Its vault, template and keystores come back with it if they were deleted meanwhile.
 * @throws EstateError NAME_TAKEN when another got the name of the key, or of what comes back with it, meanwhile
 */
export const cancelManagedKeyDestruction = change({
  name: 'cancelManagedKeyDestruction',
  action: 'managed-key.cancel-destruction',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => {
    const placements = await tx.find('keyInstance', { managedKeyId: { eq: subject.id } });
    const moved = await moveManagedKey(tx, context, subject, 'cancelDestruction', planAfter(context, subject));
    await refuseTakenNames(tx, { vaultId: subject.vaultId, label: subject.label, placements }, subject.id);
    const revived = await reviveAround(tx, context, moved.output);
    return { ...moved, details: { ...moved.details, ...revivedDetails(revived) } };
  },
});

/** A destruction date that has come would bring back at once what was just cancelled. */
function planAfter({ now }: Context, { destructionDate }: ManagedKey): Partial<ManagedKey> {
  return destructionDate !== null && destructionDate <= dayOf(now) ? { destructionDate: null } : {};
}

function revivedDetails(revived: readonly Revived[]): JsonObject {
  return revived.length === 0 ? {} : { revived: revived.map(({ kind, id, name }) => ({ kind, id, name })) };
}
