import { EstateError } from '../../domain/errors.js';
import type { KeyInstance } from '../../domain/managed-key.js';
import type { Reader, Writer } from '../../store/contract.js';
import { fresh } from '../fresh.js';
import { type Context, change } from '../operation.js';
import { endRetired } from '../retire.js';
import { keyAndRevision } from './input.js';
import { eraseMaterial } from './material.js';
import { refuseAction } from './move.js';
import { managedKeyPlace } from './place.js';

/**
 * Erases what is left of a destroyed key: its record, versions and key instances. The answer is the key as it was.
 * @throws EstateError KEY_STATE_FORBIDS also while a keystore still holds a copy that has to be destroyed there
 */
export const removeManagedKey = change({
  name: 'removeManagedKey',
  action: 'managed-key.remove',
  input: keyAndRevision,
  missing: 'MANAGED_KEY_NOT_FOUND',
  place: managedKeyPlace,
  commit: async (tx, context, _input, subject) => {
    const key = await fresh(tx, 'managedKey', subject);
    refuseAction(context, key, 'remove');
    await refuseHeld(tx, key.id);
    await erase(tx, context, key.id);
    await endRetired(tx, context, key.vaultId);
    return { output: key };
  },
});

/** Without the record nobody would ever end the copy. Who gave the keystore up disconnects it first. */
async function refuseHeld(tx: Reader, managedKeyId: string): Promise<void> {
  const instances = await tx.find('keyInstance', { managedKeyId: { eq: managedKeyId } });
  const keystoreIds = instances.filter(isHeld).map(({ keystoreId }) => keystoreId);
  if (keystoreIds.length > 0) throw new EstateError('KEY_STATE_FORBIDS', { reason: 'keystores still hold copies of the key', keystoreIds });
}

function isHeld({ status, nextAttemptAt, remoteId }: KeyInstance): boolean {
  return nextAttemptAt !== null || (remoteId !== null && status !== 'NOT_PRESENT');
}

async function erase(tx: Writer, context: Context, managedKeyId: string): Promise<void> {
  const ofKey = { managedKeyId: { eq: managedKeyId } };
  await eraseMaterial(tx, context, managedKeyId);
  await tx.deleteWhere('instanceVersion', { keyInstanceId: { within: { noun: 'keyInstance', field: 'id', where: ofKey as never } } });
  for (const noun of ['keyInstance', 'importKey', 'keyVersion'] as const) await tx.deleteWhere(noun, ofKey);
  await tx.delete('managedKey', managedKeyId);
}
