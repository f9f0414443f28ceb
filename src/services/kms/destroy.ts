import type { Id } from '../../domain/entity.js';
import { changed } from '../tracked.js';
import { forgetKey } from './forget.js';
import type { KmsFoundation } from './foundation.js';
import { ownedKey, versionsOf } from './root-keys.js';
import { step, targetOf } from './step.js';

/**
 * Ends a root key: it and its versions stay as records without material. The blobs are the managed key's, so they end
 * with the managed key and not here.
 */
export async function destroyKey(foundation: KmsFoundation, keystoreId: Id, managedKeyId: Id): Promise<void> {
  await step(foundation, async (tx, context) => {
    const key = await ownedKey(tx, keystoreId, managedKeyId);
    if (!key || key.state === 'DESTROYED') return undefined;
    for (const version of await versionsOf(tx, key.id)) {
      await tx.update('kmsKeyVersion', changed(context, version, { state: 'DESTROYED', blobId: null }));
    }
    await tx.update('kmsKey', changed(context, key, { state: 'DESTROYED', pendingUntil: null }));
    return { action: 'kms-key.destroy', target: targetOf(key) };
  });
  await forgetKey(foundation, managedKeyId);
}
