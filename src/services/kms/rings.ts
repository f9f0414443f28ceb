import type { Id } from '../../domain/entity.js';
import type { Keystore } from '../../domain/keystore.js';
import type { KeyRing } from '../../domain/kms.js';
import type { Reader, Writer } from '../../store/contract.js';
import { changed, made } from '../tracked.js';
import type { KmsContext } from './foundation.js';

/** The ring that stands behind an internal keystore. */
export async function ringOf(reader: Reader, keystoreId: Id): Promise<KeyRing | undefined> {
  const [ring] = await reader.find('keyRing', { keystoreId: { eq: keystoreId } }, 1);
  return ring;
}

/** The keystore's ring under the keystore's present name; made when there is none. */
export async function ensureRing(tx: Writer, context: KmsContext, keystore: Keystore): Promise<'MADE' | 'RENAMED' | 'UNCHANGED'> {
  const ring = await ringOf(tx, keystore.id);
  if (!ring) {
    await tx.insert('keyRing', { ...made(context), name: keystore.name, keystoreId: keystore.id, vaultId: keystore.vaultId });
    return 'MADE';
  }
  if (ring.name === keystore.name) return 'UNCHANGED';
  await tx.update('keyRing', changed(context, ring, { name: keystore.name }));
  return 'RENAMED';
}
