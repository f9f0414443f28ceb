import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import { actionsFor } from '../../domain/permissions.js';
import type { Change, Committed, Reader } from '../../store/contract.js';
import type { Access } from '../access.js';
import { everywhere } from '../everywhere.js';
import { type Context, read } from '../operation.js';
import { anyOf, id } from '../rules.js';
import { touchesRights, watchRights } from './rights.js';
import { subscription } from './subscription.js';

export const managedKeyChangeKinds = ['CREATED', 'UPDATED', 'REMOVED'] as const;

/** A managed key, or its versions or copies in keystores, changed or were seen to change. */
export interface ManagedKeyChange {
  readonly kind: (typeof managedKeyChangeKinds)[number];
  readonly managedKeyId: Id;
  readonly vaultId: Id | null;
  /** As it is now; `null` once removed. */
  readonly managedKey: ManagedKey | null;
}

const filterInput = z.strictObject({ ids: anyOf(id), vaultIds: anyOf(id) });
type Filter = z.output<typeof filterInput>;

/**
 * Changes of the managed keys that the caller may read, from now on. The stream ends with an error when the caller's
 * API key is revoked or expires, or the last of its rights is taken.
 */
export const managedKeyChanged = read({
  name: 'managedKeyChanged',
  action: 'managed-key.watch',
  input: z.strictObject({ filter: filterInput.default({}) }),
  place: everywhere('managed-key'),
  read: async (context, { filter }): Promise<AsyncIterableIterator<ManagedKeyChange>> => {
    const rights = watchRights(context, 'managedKeyChanged');
    const { store } = context.estate;
    return subscription<Committed, ManagedKeyChange>({
      open: (sink) =>
        store.onCommit((committed) => {
          if (touchesKeys(committed) || touchesRights(committed)) sink.push(committed);
        }),
      expand: async (committed) => visibleChanges(await keyChanges(context, committed), await rights.after(committed), filter),
    });
  },
});

const keyNouns: readonly string[] = ['managedKey', 'keyVersion', 'keyInstance', 'instanceVersion'];

function touchesKeys({ changes }: Committed): boolean {
  return changes.some(({ noun }) => keyNouns.includes(noun));
}

function visibleChanges(changes: readonly ManagedKeyChange[], access: Access, { ids, vaultIds }: Filter): ManagedKeyChange[] {
  return changes.filter(({ managedKeyId, vaultId }) => {
    const isAsked = (ids?.includes(managedKeyId) ?? true) && (vaultIds?.includes(vaultId ?? '') ?? true);
    return isAsked && access.allows(actionsFor('managedKeyChanged'), { vaultId, keyId: managedKeyId });
  });
}

/** Each key once, whatever of it changed. */
async function keyChanges({ estate }: Context, committed: Committed): Promise<ManagedKeyChange[]> {
  const { read } = estate.store;
  const kinds = new Map<Id, ManagedKeyChange['kind']>();
  for (const change of committed.changes) {
    const managedKeyId = await keyOf(read, change);
    if (managedKeyId === undefined) continue;
    const kind = change.noun === 'managedKey' ? kindOf(change) : 'UPDATED';
    if (kind !== 'UPDATED' || !kinds.has(managedKeyId)) kinds.set(managedKeyId, kind);
  }
  const keys = new Map((await read.getMany('managedKey', [...kinds.keys()])).map((key) => [key.id, key]));
  return [...kinds].map(([managedKeyId, kind]) => {
    const managedKey = keys.get(managedKeyId) ?? null;
    const vaultId = managedKey?.vaultId ?? vaultInAudit(committed, managedKeyId);
    return { kind: managedKey ? kind : 'REMOVED', managedKeyId, vaultId, managedKey };
  });
}

function kindOf({ kind }: Change): ManagedKeyChange['kind'] {
  return kind === 'INSERT' ? 'CREATED' : kind === 'DELETE' ? 'REMOVED' : 'UPDATED';
}

async function keyOf(reader: Reader, { noun, id: changedId }: Change): Promise<Id | undefined> {
  if (noun === 'managedKey') return changedId;
  if (noun === 'keyVersion' || noun === 'keyInstance') return (await reader.get(noun, changedId))?.managedKeyId;
  if (noun !== 'instanceVersion') return undefined;
  const version = await reader.get('instanceVersion', changedId);
  return version && (await reader.get('keyInstance', version.keyInstanceId))?.managedKeyId;
}

/** A removed key is known by the event of its removal only. */
function vaultInAudit({ audit }: Committed, managedKeyId: Id): Id | null {
  return audit.find(({ event }) => event.target.id === managedKeyId)?.event.target.vaultId ?? null;
}
