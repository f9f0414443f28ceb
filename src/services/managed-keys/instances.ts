/** What is wanted of a key's copies in keystores; the reconciler alone makes it so. */
import type { Id } from '../../domain/entity.js';
import type { KeyState } from '../../domain/key-state.js';
import type { InstanceState, KeyInstance, ManagedKey } from '../../domain/managed-key.js';
import type { Writer } from '../../store/contract.js';
import type { Context } from '../operation.js';
import { changed, made } from '../tracked.js';

/** Where a key shall have a copy, and under which name. */
export interface Placement {
  readonly keystoreId: Id;
  readonly targetId: Id;
  readonly name: string;
}

/** A copy that nobody has made yet. */
export function newInstance(context: Context, key: ManagedKey, placement: Placement): KeyInstance {
  const absent = {
    desiredState: 'ABSENT',
    status: 'NOT_PRESENT',
    syncFlag: 'OK',
    syncDetail: 'PRE_ACTIVE_KEY_IS_NOT_PRESENT_IN_KEYSTORE',
    nextAttemptAt: null,
  } as const;
  const instance: KeyInstance = {
    ...made(context),
    managedKeyId: key.id,
    vaultId: key.vaultId,
    ...placement,
    ...absent,
    remoteId: null,
    error: null,
    attempts: 0,
    verifiedAt: null,
    pendingUntil: null,
  };
  return { ...instance, ...wish(context, instance, desiredState(key, instance)) };
}

/** Lets all copies follow the key as it is now. */
export async function wantInstances(tx: Writer, context: Context, key: ManagedKey): Promise<void> {
  for (const instance of await tx.find('keyInstance', { managedKeyId: { eq: key.id } })) {
    await wantInstance(tx, context, instance, desiredState(key, instance));
  }
}

/** Wants one copy to be so, under a new name or for another target if given; the reconciler looks at it at once. */
export async function wantInstance(
  tx: Writer,
  context: Context,
  instance: KeyInstance,
  desired: InstanceState,
  fields: Partial<Pick<KeyInstance, 'name' | 'targetId'>> = {},
): Promise<void> {
  await tx.update('keyInstance', changed(context, instance, { ...fields, ...wish(context, instance, desired) }));
}

/**
 * What a copy is to be, by the state of its key. While a destruction is pending it stays deactivated. In a keystore that
 * left the key's targets a copy is never brought back, and what was never wanted anywhere only ends with its key.
 */
export function desiredState(
  key: Pick<ManagedKey, 'state'>,
  { desiredState: was, targetId }: Pick<KeyInstance, 'desiredState' | 'targetId'>,
): InstanceState {
  const desired = desiredByState[key.state];
  if (desired === 'DESTROYED' || (targetId === null && was === 'DESTROYED')) return 'DESTROYED';
  if (targetId !== null && desired === 'ACTIVE') return 'ACTIVE';
  return was === 'ABSENT' ? 'ABSENT' : 'DEACTIVATED';
}

const desiredByState = {
  PRE_ACTIVATION: 'ABSENT',
  ACTIVE: 'ACTIVE',
  DEACTIVATED: 'DEACTIVATED',
  COMPROMISED: 'DEACTIVATED',
  DESTROYED: 'DESTROYED',
  DESTROYED_COMPROMISED: 'DESTROYED',
} as const satisfies Record<KeyState, InstanceState>;

/** A copy that was never wanted or has ended is nowhere, and nothing has to be done to end it. */
function wish({ now }: Context, instance: KeyInstance, desired: InstanceState): Partial<KeyInstance> {
  const isNowhere =
    (instance.desiredState === 'ABSENT' || instance.desiredState === 'DESTROYED') &&
    instance.nextAttemptAt === null &&
    instance.status === 'NOT_PRESENT';
  if (isNowhere && desired !== 'ACTIVE' && desired !== 'DEACTIVATED') return { desiredState: desired };
  // From here on a copy may come into being at any moment, so what was seen before says nothing.
  const unseen = isNowhere ? ({ status: 'UNKNOWN', syncFlag: 'OUT_OF_SYNC', syncDetail: 'UNKNOWN' } as const) : {};
  return { ...unseen, desiredState: desired, attempts: 0, nextAttemptAt: now };
}
