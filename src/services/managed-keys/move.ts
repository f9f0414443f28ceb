/** What every move of a managed key's life has in common: the check, the key, its versions, its copies and its material. */
import type { JsonObject } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { type KeyAction, longestPendingSeconds, type MovePolicy, moveKey, situationOf, versionStateAfter } from '../../domain/key-state.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import { nextRotationOf } from '../../domain/rotation.js';
import type { Reader, Writer } from '../../store/contract.js';
import { fresh } from '../fresh.js';
import { tellDestroyed } from '../hsm/tell-destroyed.js';
import { forgetKey } from '../kms/forget.js';
import type { Context } from '../operation.js';
import { type Erased, endRetired } from '../retire.js';
import { changed } from '../tracked.js';
import { wantInstances } from './instances.js';
import { eraseMaterial } from './material.js';

/** A key after a move, and what the audit event says of it. */
export interface Moved {
  readonly output: ManagedKey;
  readonly details: JsonObject;
}

/**
 * Moves a key in the caller's transaction, with its versions and with what is wanted of its copies; `also` changes
 * fields beside its life.
 * @throws EstateError KEY_STATE_FORBIDS, DESTRUCTION_PENDING, NOT_PENDING_DESTRUCTION, STALE_VERSION
 */
export async function moveManagedKey(
  tx: Writer,
  context: Context,
  subject: ManagedKey,
  action: KeyAction,
  also: Partial<ManagedKey> = {},
): Promise<Moved> {
  const key = await fresh(tx, 'managedKey', subject);
  const policy = await movePolicy(tx, context, key);
  const asked = moveKey(key, action, context.now, policy);
  // Without a pending period there is nothing to wait for.
  const moved = action === 'destroy' && isOver(asked, context.now) ? moveKey(asked, 'endDestruction', context.now, policy) : asked;
  return await settleMove(tx, context, key, { ...moved, ...also });
}

/** Stores a key that has moved, and lets versions, copies and material follow it. */
export async function settleMove(tx: Writer, context: Context, before: ManagedKey, moved: ManagedKey): Promise<Moved> {
  const key = await tx.update('managedKey', changed(context, moved, { nextRotationAt: nextRotationOf(moved) }));
  await settleVersions(tx, context, key);
  await wantInstances(tx, context, key);
  const details = { from: situationOf(before), to: situationOf(key) };
  if (!isDestroyed(key)) return { output: key, details };
  await eraseMaterial(tx, context, key.id);
  return { output: key, details: { ...details, ...erasedDetails(await endRetired(tx, context, key.vaultId)) } };
}

/** The caches of the HSM hold nothing of the key when the answer leaves. */
export async function forgetMoved({ estate }: Context, key: ManagedKey): Promise<void> {
  await forgetKey(estate, key.id);
}

/** The same for a move that may have ended the key: the HSM refuses its blobs for ever when the answer leaves. */
export async function followEnd(context: Context, key: ManagedKey): Promise<void> {
  await forgetMoved(context, key);
  await tellDestroyed(context.estate);
}

/** The server's waits as they stand for this key. */
export async function movePolicy(reader: Reader, { estate }: Pick<Context, 'estate'>, key: Pick<ManagedKey, 'id'>): Promise<MovePolicy> {
  const { rotateDeactivated, destroyWaitSeconds, pendingDestructionSeconds } = estate.policy;
  const instances = await reader.find('keyInstance', { managedKeyId: { eq: key.id } });
  const keystores = await reader.getMany(
    'keystore',
    instances.map(({ keystoreId }) => keystoreId),
  );
  return { rotateDeactivated, destroyWaitSeconds, pendingSeconds: longestPendingSeconds(keystores, pendingDestructionSeconds) };
}

/**
 * Checks an action that leaves the state as it is, or that is about to be taken.
 * @throws EstateError KEY_STATE_FORBIDS, DESTRUCTION_PENDING
 */
export function refuseAction({ estate, now }: Context, key: ManagedKey, action: KeyAction): void {
  moveKey(key, action, now, { ...estate.policy, pendingSeconds: estate.policy.pendingDestructionSeconds });
}

/** @throws EstateError KEY_VERSION_STATE_FORBIDS for a key whose material has not been imported yet. */
export async function refuseWithoutMaterial(reader: Reader, key: ManagedKey): Promise<void> {
  const [current] = await reader.find('keyVersion', { managedKeyId: { eq: key.id }, version: { eq: key.version } }, 1);
  if (!current?.blobId)
    throw new EstateError('KEY_VERSION_STATE_FORBIDS', { version: key.version, reason: 'its material has not been imported' });
}

async function settleVersions(tx: Writer, context: Context, key: ManagedKey): Promise<void> {
  for (const version of await tx.find('keyVersion', { managedKeyId: { eq: key.id } })) {
    const state = versionStateAfter(key, version);
    const blobId = isDestroyed(key) ? null : version.blobId;
    if (state !== version.state || blobId !== version.blobId) await tx.update('keyVersion', changed(context, version, { state, blobId }));
  }
}

function isOver(key: ManagedKey, now: string): boolean {
  return key.destroyAt !== null && key.destroyAt <= now;
}

function isDestroyed({ state }: ManagedKey): boolean {
  return state === 'DESTROYED' || state === 'DESTROYED_COMPROMISED';
}

function erasedDetails(erased: readonly Erased[]): JsonObject {
  return erased.length === 0 ? {} : { erased: erased.map(({ kind, id, name }) => ({ kind, id, name })) };
}
