/** What the HSM remembers as destroyed ends in the database too: a restored one may hold it alive. */
import type { Id } from '../../domain/entity.js';
import { endedKey } from '../../domain/key-state.js';
import type { Entities, Where } from '../../store/contract.js';
import { fullAccess } from '../access.js';
import { auditEvent } from '../audit-event.js';
import { systemCall } from '../call.js';
import { endBlobs } from '../end-blobs.js';
import type { Estate } from '../estate.js';
import { settleMove } from '../managed-keys/move.js';
import { managedKeyTarget } from '../managed-keys/place.js';
import type { Context } from '../operation.js';
import { unendedKeys } from '../retire.js';
import { changed } from '../tracked.js';

const pageSize = 500;
const reason = 'the HSM remembers the key as destroyed';

/** Destroys what the HSM holds destroyed, with audit events; answers how many keys these were. */
export async function endDestroyed(estate: Estate): Promise<number> {
  const context: Context = { estate, call: systemCall('memory-keeper', estate.newId()), access: fullAccess, now: estate.now() };
  const keys = await eachDestroyed(estate, 'managedKey', unendedKeys, (id) => endKey(context, id));
  const withBlob = { blobId: { within: { noun: 'keyBlob', field: 'id', where: {} } } } as const;
  return keys + (await eachDestroyed(estate, 'importKey', withBlob, (id) => endImportKey(context, id)));
}

async function eachDestroyed<N extends 'managedKey' | 'importKey'>(
  { store, hsm }: Estate,
  noun: N,
  where: Where<Entities[N]>,
  end: (id: Id) => Promise<void>,
): Promise<number> {
  let ended = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await store.read.page(noun, { where, limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    const ids = await hsm.memory.destroyedAmong(page.items.map(({ entity }) => entity.id));
    for (const id of ids) await end(id);
    ended += ids.length;
    cursor = page.items.at(-1)?.cursor;
    if (!page.hasNext || cursor === undefined) return ended;
  }
}

async function endKey(context: Context, id: Id): Promise<void> {
  await context.estate.store.write(async (tx) => {
    const key = await tx.get('managedKey', id);
    if (!key) return;
    const { details } = await settleMove(tx, context, key, endedKey(key, context.now));
    const facts = { target: managedKeyTarget(key), details: { ...details, reason } };
    await tx.appendAudit(auditEvent(context, { action: 'managed-key.end-destruction' }, facts));
  });
}

async function endImportKey(context: Context, id: Id): Promise<void> {
  await context.estate.store.write(async (tx) => {
    const importKey = await tx.get('importKey', id);
    if (!importKey) return;
    await endBlobs(tx, context, { id: { eq: importKey.blobId } }, [id]);
    await tx.update('importKey', changed(context, importKey, { usedAt: importKey.usedAt ?? context.now }));
    const target = { kind: 'import-key', id, name: null, vaultId: importKey.vaultId };
    await tx.appendAudit(auditEvent(context, { action: 'import-key.erase' }, { target, details: { reason } }));
  });
}
