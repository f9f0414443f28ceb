/** The one place where key blobs end: with each goes word to the HSM that it must never open again. */
import type { Id } from '../domain/entity.js';
import type { KeyBlob } from '../domain/key-blob.js';
import type { Where, Writer } from '../store/contract.js';
import { type Author, made } from './tracked.js';

/**
 * Deletes key blobs, and notes the keys that they are bound to, and those of `keyIds`, as destroyed: all their blobs must
 * end with this. The HSM is told after the commit (`tellDestroyed`), never before: a destruction that is taken back must
 * not be a lost key.
 */
export async function endBlobs(tx: Writer, author: Author, blobs: Where<KeyBlob>, keyIds: readonly Id[] = []): Promise<void> {
  const ended = await tx.find('keyBlob', blobs, Number.MAX_SAFE_INTEGER);
  if (ended.length > 0) await tx.deleteWhere('keyBlob', blobs);
  const ids = [...new Set([...keyIds, ...ended.flatMap(({ context }) => context?.keyId ?? [])])];
  const known = new Set((await tx.getMany('destroyedKey', ids)).map(({ id }) => id));
  const added = ids.filter((id) => !known.has(id));
  if (added.length > 0)
    await tx.insertMany(
      'destroyedKey',
      added.map((id) => ({ ...made(author), id, toldAt: null })),
    );
}
