import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { type Keystore, type KeystoreDeleteMode, keystoreDeleteModes } from '../../domain/keystore.js';
import type { InstanceState, KeyInstance } from '../../domain/managed-key.js';
import { keystoreEndActions } from '../../domain/permissions.js';
import type { Reader, Where, Writer } from '../../store/contract.js';
import { fresh } from '../fresh.js';
import { type Context, change } from '../operation.js';
import { endRetired, eraseKeystore, livingKeys } from '../retire.js';
import { id, revision } from '../rules.js';
import { changed } from '../tracked.js';
import { anyKeystorePlace, keystorePlace } from './place.js';

/**
 * Deletes a keystore.
 *
 * `RESTRICT` refuses while keys are installed that are not waiting for their destruction. `DEACTIVATE` and `DESTROY`
 * do that to the keys here first. Until what has to end here has ended, the keystore is RETIRED: hidden, its name free.
 * `DISCONNECT` forgets it at once and leaves its keys as they are, which also ends a retired one that no longer answers;
 * an internal keystore is nothing but this server's own ring, so its keys leave it.
 * The answer is the keystore as it was left.
 * @throws EstateError FORBIDDEN also when it ends the use of keys without the right to deactivate or destroy them, KEYSTORE_IN_USE
 */
export const deleteKeystore = change({
  name: 'deleteKeystore',
  action: 'keystore.delete',
  input: z.strictObject({ id, revision: revision.optional(), mode: z.enum(keystoreDeleteModes).default('RESTRICT') }),
  missing: 'KEYSTORE_NOT_FOUND',
  place: (context, input) => (input.mode === 'DISCONNECT' ? anyKeystorePlace : keystorePlace)(context, input),
  commit: async (tx, context, { mode }, subject) => {
    const keystore = await fresh(tx, 'keystore', subject);
    if (mode !== 'RESTRICT') await refuseEndOfUse(tx, context, keystore, mode);
    await beforeDeletion[mode](tx, context, keystore);
    const retired = await tx.update('keystore', changed(context, keystore, { state: 'RETIRED' }));
    if (mode === 'DISCONNECT') await eraseKeystore(tx, keystore.id);
    const erased = await endRetired(tx, context, keystore.vaultId);
    const isErased = mode === 'DISCONNECT' || erased.some((one) => one.id === keystore.id);
    return { output: retired, details: { mode, erased: isErased } };
  },
});

type Step = (tx: Writer, context: Context, keystore: Keystore) => Promise<void>;

const beforeDeletion: Record<KeystoreDeleteMode, Step> = {
  RESTRICT: async (tx, _context, keystore) => {
    const keys = await tx.count('keyInstance', installed(keystore, ['ACTIVE', 'DEACTIVATED']));
    if (keys > 0) throw new EstateError('KEYSTORE_IN_USE', { keys });
  },
  DISCONNECT: async () => {},
  DEACTIVATE: (tx, context, keystore) => want(tx, context, installed(keystore, ['ACTIVE']), 'DEACTIVATED'),
  DESTROY: (tx, context, keystore) => want(tx, context, installed(keystore, ['ACTIVE', 'DEACTIVATED']), 'DESTROYED'),
};

/** A keystore's administrator ends nobody's keys by taking the keystore away from under them. */
async function refuseEndOfUse(tx: Reader, { access }: Context, keystore: Keystore, mode: KeystoreDeleteMode): Promise<void> {
  const counted = async (state: InstanceState) => (await tx.count('keyInstance', installed(keystore, [state]))) > 0;
  const active = await counted('ACTIVE');
  const needed = keystoreEndActions({ active, destroys: mode === 'DESTROY' && (active || (await counted('DEACTIVATED'))) });
  if (!access.allows(needed, { vaultId: keystore.vaultId })) throw new EstateError('FORBIDDEN', { needed });
}

/** The keystore's instances of keys that live on. */
function installed({ id: keystoreId, vaultId }: Keystore, states: readonly InstanceState[]): Where<KeyInstance> {
  const living = { vaultId: { eq: vaultId }, ...livingKeys };
  return {
    keystoreId: { eq: keystoreId },
    desiredState: { in: states },
    managedKeyId: { within: { noun: 'managedKey', field: 'id', where: living as Where<never> } },
  };
}

/** The reconciler brings them there; no template target asks for them any more. */
async function want(tx: Writer, context: Context, where: Where<KeyInstance>, desiredState: InstanceState): Promise<void> {
  const instances = await tx.find('keyInstance', where, Number.MAX_SAFE_INTEGER);
  for (const instance of instances) {
    const wanted = { desiredState, targetId: null, attempts: 0, nextAttemptAt: context.now };
    await tx.update('keyInstance', changed(context, instance, wanted));
  }
}
