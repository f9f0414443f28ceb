/**
 * The end of what was deleted while keys in it still waited for their destruction: hidden as RETIRED, it is erased by
 * whoever brings the last of those keys to its end.
 */
import type { Id } from '../domain/entity.js';
import type { KeyInstance, ManagedKey } from '../domain/managed-key.js';
import type { KeyTemplate } from '../domain/template.js';
import type { Reader, Where, Writer } from '../store/contract.js';
import { endBlobs } from './end-blobs.js';
import type { Author } from './tracked.js';

/** Something retired that is no more; for the audit event of the operation that ended it. */
export interface Erased {
  readonly kind: 'vault' | 'keystore' | 'key-template';
  readonly id: Id;
  readonly name: string;
}

const destroyed = ['DESTROYED', 'DESTROYED_COMPROMISED'] as const;

/** Keys that are neither destroyed nor waiting for it. */
export const livingKeys: Where<ManagedKey> = { state: { notIn: destroyed }, destroyAt: { eq: null } };
/** Keys that are not destroyed yet. */
export const unendedKeys: Where<ManagedKey> = { state: { notIn: destroyed } };

/** What deleting a template makes of it; it must be found again as it was. */
export function retirement({ state, retiredFrom }: KeyTemplate): Pick<KeyTemplate, 'state' | 'retiredFrom'> {
  return { state: 'RETIRED', retiredFrom: state === 'RETIRED' ? retiredFrom : state };
}

/**
 * Erases what is retired in a vault and holds nothing more that must end: keystores, key templates, then the vault itself.
 * Call it in the transaction that destroys or removes a key, or that sees a key instance come to its end.
 */
export async function endRetired(tx: Writer, author: Author, vaultId: Id): Promise<readonly Erased[]> {
  const keystores = await endRetiredKeystores(tx, vaultId);
  const templates = await endRetiredTemplates(tx, vaultId);
  return [...keystores, ...templates, ...(await endRetiredVault(tx, author, vaultId))];
}

/** Removes a keystore with its key instances. What the keystore itself holds stays, unless it is a ring of this server. */
export async function eraseKeystore(tx: Writer, keystoreId: Id): Promise<void> {
  const here = { keystoreId: { eq: keystoreId } };
  await tx.deleteWhere('instanceVersion', { keyInstanceId: { within: { noun: 'keyInstance', field: 'id', where: here } } });
  await tx.deleteWhere('keyInstance', here);
  for (const ring of await tx.find('keyRing', here)) await eraseRing(tx, ring.id);
  await tx.delete('keystore', keystoreId);
}

/** The versions of a keystore's ring share the blobs of managed keys, so no blob goes with them. */
async function eraseRing(tx: Writer, ringId: Id): Promise<void> {
  const inside = { ringId: { eq: ringId } };
  await tx.deleteWhere('kmsKeyVersion', { kmsKeyId: { within: { noun: 'kmsKey', field: 'id', where: inside } } });
  await tx.deleteWhere('kmsKey', inside);
  await tx.delete('keyRing', ringId);
}

async function endRetiredKeystores(tx: Writer, vaultId: Id): Promise<readonly Erased[]> {
  const retired = await tx.find('keystore', { vaultId: { eq: vaultId }, state: { eq: 'RETIRED' } });
  const erased: Erased[] = [];
  for (const { id, name } of retired) {
    if (await holdsUnended(tx, vaultId, id)) continue;
    await eraseKeystore(tx, id);
    erased.push({ kind: 'keystore', id, name });
  }
  return erased;
}

async function holdsUnended(tx: Reader, vaultId: Id, keystoreId: Id): Promise<boolean> {
  const [unended] = await tx.find('keyInstance', unendedInstances(vaultId, keystoreId), 1);
  return unended !== undefined;
}

/** Instances that a retired keystore must still see through: their key waits for its end, or they have not reached theirs. */
function unendedInstances(vaultId: Id, keystoreId: Id): Where<KeyInstance> {
  const waiting = { vaultId: { eq: vaultId }, state: { notIn: destroyed }, destroyAt: { ne: null } };
  return {
    keystoreId: { eq: keystoreId },
    any: [
      { managedKeyId: { within: { noun: 'managedKey', field: 'id', where: waiting as Where<never> } } },
      { desiredState: { eq: 'ACTIVE' } },
      { desiredState: { eq: 'DEACTIVATED' }, status: { notIn: ['NOT_ACTIVE', 'NOT_PRESENT'] } },
      {
        desiredState: { in: ['ABSENT', 'DESTROYED'] },
        status: { ne: 'NOT_PRESENT' },
        any: [{ remoteId: { ne: null } }, { nextAttemptAt: { ne: null } }],
      },
    ],
  };
}

async function endRetiredTemplates(tx: Writer, vaultId: Id): Promise<readonly Erased[]> {
  const retired = await tx.find('keyTemplate', { vaultId: { eq: vaultId }, state: { eq: 'RETIRED' } });
  const keys = await tx.countBy('managedKey', 'templateId', { vaultId: { eq: vaultId } });
  const ended = retired.filter(({ id }) => !keys.get(id));
  for (const { id } of ended) await tx.delete('keyTemplate', id);
  return ended.map(({ id, name }) => ({ kind: 'key-template', id, name }));
}

async function endRetiredVault(tx: Writer, author: Author, vaultId: Id): Promise<readonly Erased[]> {
  const vault = await tx.get('vault', vaultId);
  if (vault?.state !== 'RETIRED') return [];
  const inside = { vaultId: { eq: vaultId } };
  const remaining = (await tx.count('managedKey', { ...inside, ...unendedKeys })) + (await tx.count('keystore', inside));
  if (remaining > 0) return [];
  await eraseVault(tx, author, vaultId);
  return [{ kind: 'vault', id: vault.id, name: vault.name }];
}

/** A vault without keystores, with what is left of its keys. */
async function eraseVault(tx: Writer, author: Author, vaultId: Id): Promise<void> {
  const inside = { vaultId: { eq: vaultId } };
  const blobsOf = (noun: 'keyVersion' | 'importKey') => ({ ownerId: { within: { noun, field: 'id', where: inside as Where<never> } } });
  await endBlobs(tx, author, { any: [blobsOf('keyVersion'), blobsOf('importKey')] });
  for (const noun of ['importKey', 'keyVersion', 'keyInstance', 'managedKey', 'keyTemplate'] as const) await tx.deleteWhere(noun, inside);
  const bindings = await tx.find('roleBinding', {}, Number.MAX_SAFE_INTEGER);
  for (const { id, scope } of bindings) if (scope.kind === 'VAULT' && scope.id === vaultId) await tx.delete('roleBinding', id);
  await tx.delete('vault', vaultId);
}
