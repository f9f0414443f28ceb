import type { ManagedKey } from '../../domain/managed-key.js';
import { dayOf } from '../../domain/time.js';
import { liveVault } from '../fresh.js';
import { type Context, change } from '../operation.js';
import { keyAndRevision } from './input.js';
import { moveManagedKey } from './move.js';
import { refuseTakenNames } from './names.js';
import { managedKeyPlace } from './place.js';

/**
 * Takes a destruction back before it ends: the key is deactivated (or compromised) as before, and bears its name again. A destruction
 * date that has passed is dropped.
 * @throws EstateError NAME_TAKEN when another key got the name meanwhile, RETIRED when the vault was deleted meanwhile
 */
export const cancelManagedKeyDestruction = change({
  name: 'cancelManagedKeyDestruction',
  action: 'managed-key.cancel-destruction',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => {
    await liveVault(tx, subject.vaultId);
    const placements = await tx.find('keyInstance', { managedKeyId: { eq: subject.id } });
    const moved = await moveManagedKey(tx, context, subject, 'cancelDestruction', planAfter(context, subject));
    await refuseTakenNames(tx, { vaultId: subject.vaultId, label: subject.label, placements }, subject.id);
    return moved;
  },
});

/** A destruction date that has come would bring back at once what was just cancelled. */
function planAfter({ now }: Context, { destructionDate }: ManagedKey): Partial<ManagedKey> {
  return destructionDate !== null && destructionDate <= dayOf(now) ? { destructionDate: null } : {};
}
