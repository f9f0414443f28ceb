import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { moveKey } from '../../domain/key-state.js';
import type { ImportKey, KeyVersion, ManagedKey } from '../../domain/managed-key.js';
import { refuseEarlyRotation } from '../../domain/rotation.js';
import type { NewKey } from '../../hsm/contract.js';
import type { Reader, Writer } from '../../store/contract.js';
import { fresh } from '../fresh.js';
import { type Context, change, type Place } from '../operation.js';
import { bytes, id } from '../rules.js';
import { changed } from '../tracked.js';
import { type ImportMechanism, importKeyRef, importMechanisms, refuseSpentImportKey, spendImportKey } from './import-key.js';
import { materialAttributes, materialContext, materialOf, specOf } from './material.js';
import { followEnd, type Moved, movePolicy, refuseAction, settleMove } from './move.js';
import { placeOf } from './place.js';
import { addVersion } from './rotate.js';

interface Subject {
  readonly importKey: ImportKey;
  readonly key: ManagedKey;
}

/**
 * Takes in material that was wrapped for an import key, as a first or next version of the key the import key was made
 * for. It is unwrapped inside the HSM; clear material cannot be given. A first version takes the key to its initial
 * state. The import key is spent.
 * @throws EstateError IMPORT_KEY_USED, CIPHERTEXT_INVALID for what does not unwrap to a key of the right kind and size
 */
export const importManagedKey = change({
  name: 'importManagedKey',
  action: 'managed-key.import',
  input: z.strictObject({ importKeyId: id, mechanism: z.enum(importMechanisms), wrappedMaterial: bytes(16_384) }),
  // Import keys are erased once they have expired.
  missing: 'IMPORT_KEY_USED',
  place: importPlace,
  prepare: async (context, { mechanism, wrappedMaterial }, { importKey, key }) => {
    refuseSpentImportKey(importKey, context.now);
    const waiting = await refuseMaterial(context.estate.store.read, context, key);
    return await unwrap(context, { importKey, key }, waiting?.version ?? key.version + 1, mechanism, wrappedMaterial);
  },
  commit: async (tx, context, _input, subject, newKey) => {
    const importKey = await fresh(tx, 'importKey', subject.importKey);
    refuseSpentImportKey(importKey, context.now);
    const key = await fresh(tx, 'managedKey', subject.key);
    const waiting = await refuseMaterial(tx, context, key);
    await spendImportKey(tx, context, importKey);
    const material = materialOf(context, key, waiting?.version ?? key.version + 1, newKey, waiting);
    if (!waiting) return await addVersion(tx, context, key, material);
    await tx.insert('keyBlob', material.blob);
    await tx.update('keyVersion', changed(context, waiting, material.version));
    return await begin(tx, context, key, importKey.initialState);
  },
  follow: followEnd,
});

async function importPlace({ estate }: Context, { importKeyId }: { readonly importKeyId: Id }): Promise<Place<Subject> | undefined> {
  const importKey = await estate.store.read.get('importKey', importKeyId);
  const key = importKey && (await estate.store.read.get('managedKey', importKey.managedKeyId));
  if (!key) return undefined;
  const { revision: _revision, ...place } = placeOf(key);
  return { ...place, subject: { importKey, key } };
}

/**
 * Whether material may come now, and the version that waits for its first.
 * @throws EstateError KEY_STATE_FORBIDS, ROTATION_TOO_SOON
 */
export async function refuseMaterial(
  reader: Reader,
  context: Pick<Context, 'estate' | 'call' | 'access' | 'now'>,
  key: ManagedKey,
): Promise<KeyVersion | undefined> {
  refuseAction(context, key, 'importMaterial');
  if (key.state !== 'PRE_ACTIVATION') {
    refuseEarlyRotation(key, context.now, context.estate.policy.rotationWaitSeconds);
    return undefined;
  }
  const [current] = await reader.find('keyVersion', { managedKeyId: { eq: key.id }, version: { eq: key.version } }, 1);
  if (!current || current.blobId !== null)
    throw new EstateError('KEY_STATE_FORBIDS', { state: key.state, reason: 'the key has its material' });
  return current;
}

async function unwrap(
  context: Context,
  { importKey, key }: Subject,
  version: number,
  mechanism: ImportMechanism,
  wrapped: Uint8Array,
): Promise<NewKey> {
  const { estate } = context;
  const unwrappingKey = await importKeyRef(estate.store.read, importKey);
  const attributes = materialAttributes(estate, key);
  try {
    return await estate.hsm.unwrapKey(unwrappingKey, wrapped, mechanism, specOf(key), attributes, materialContext(key, version));
  } catch (cause) {
    if (!(cause instanceof EstateError && cause.code === 'CIPHERTEXT_INVALID')) throw cause;
    // Which of these it was the HSM does not tell: it would help who guesses at wrapped material.
    const expected = { algorithm: key.algorithm, size: key.size, mechanism, importKeyId: importKey.id };
    throw new EstateError(
      'CIPHERTEXT_INVALID',
      { reason: 'not a key of this algorithm and size, wrapped for this import key', expected },
      { cause },
    );
  }
}

/** The key has its first material, and goes where it was meant to go. */
async function begin(tx: Writer, context: Context, key: ManagedKey, state: ImportKey['initialState']): Promise<Moved> {
  const moved = state === 'ACTIVE' ? moveKey(key, 'activate', context.now, await movePolicy(tx, context, key)) : key;
  return await settleMove(tx, context, key, moved);
}
