import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { ImportKey } from '../../domain/managed-key.js';
import { endBlobs } from '../end-blobs.js';
import { fresh } from '../fresh.js';
import { tellDestroyed } from '../hsm/tell-destroyed.js';
import { forgetKey } from '../kms/forget.js';
import { type Context, change, type Place } from '../operation.js';
import { id } from '../rules.js';

/**
 * Erases an import key that has expired, used or not, with its blob. Of a key that was never activated the record
 * stays without the blob: it tells where that key goes when another import brings its first material. Only the server
 * itself does this, when it is due. The answer is the import key as it was.
 * @throws EstateError KEY_STATE_FORBIDS before the import key has expired
 */
export const eraseImportKey = change({
  name: 'eraseImportKey',
  action: 'import-key.erase',
  input: z.strictObject({ id }),
  place: importKeyPlace,
  commit: async (tx, context, _input, subject) => {
    const importKey = await fresh(tx, 'importKey', subject);
    const { managedKeyId, expiresAt } = importKey;
    if (expiresAt > context.now) throw new EstateError('KEY_STATE_FORBIDS', { reason: 'the import key has not expired', expiresAt });
    const key = await tx.get('managedKey', managedKeyId);
    const isRecordKept = key?.state === 'PRE_ACTIVATION';
    await endBlobs(tx, context, { id: { eq: importKey.blobId } }, [importKey.id]);
    if (!isRecordKept) await tx.delete('importKey', importKey.id);
    return { output: importKey, details: { managedKeyId, isUsed: importKey.usedAt !== null, isRecordKept } };
  },
  follow: async ({ estate }, importKey) => {
    await forgetKey(estate, importKey.id);
    await tellDestroyed(estate);
  },
});

async function importKeyPlace({ estate }: Context, input: { readonly id: Id }): Promise<Place<ImportKey> | undefined> {
  const importKey = await estate.store.read.get('importKey', input.id);
  if (!importKey) return undefined;
  const { vaultId, managedKeyId } = importKey;
  return {
    subject: importKey,
    scope: { vaultId, keyId: managedKeyId },
    target: { kind: 'import-key', id: importKey.id, name: null, vaultId },
  };
}
