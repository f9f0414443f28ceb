/** Separation of duties: who decides beforehand how a key moves needs the right to move it so by hand. */
import { EstateError } from '../../domain/errors.js';
import { byHandOnly, type Lifecycle, lifecycleChange, withDaysOnly } from '../../domain/lifecycle.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import { actionsForLifecycle, activeFromStartActions } from '../../domain/permissions.js';
import { plannedDates } from '../../domain/schedule.js';
import type { KeyTemplate } from '../../domain/template.js';
import { dayOf } from '../../domain/time.js';
import type { Context, ScopeChain } from '../operation.js';

/** What of a key its moves depend on once it exists; its first state is past. */
type Moving = Omit<Lifecycle, 'initialState'>;

/**
 * Refuses a new key that is to move otherwise than the vault's template says. A template of the key's own says nothing
 * for the vault, so all its moves are the caller's.
 * @throws EstateError FORBIDDEN
 */
export function refuseNewLifecycle(
  context: Context,
  template: KeyTemplate,
  key: Moving & Pick<ManagedKey, 'vaultId'>,
  initialState: Lifecycle['initialState'],
): void {
  const moves = lifecycleChange(policyOf(context, template), { ...key, initialState });
  const installs = initialState === 'ACTIVE' ? activeFromStartActions : [];
  refuse(context, [...actionsForLifecycle(moves), ...installs], { vaultId: key.vaultId });
}

/** Refuses other moves, or other days for them, than the key has. @throws EstateError FORBIDDEN */
export function refuseLifecycleChange(context: Context, key: ManagedKey, wanted: Moving): void {
  refuse(context, actionsForLifecycle(lifecycleChange(existing(key), existing(wanted))), { vaultId: key.vaultId, keyId: key.id });
}

/** The same for moves that the template brings: as long as they have no day, they are the template's alone. */
export function refuseAlignedLifecycle(context: Context, key: ManagedKey, wanted: Moving): void {
  const moves = lifecycleChange(withDaysOnly(existing(key)), withDaysOnly(existing(wanted)));
  refuse(context, actionsForLifecycle(moves), { vaultId: key.vaultId, keyId: key.id });
}

function policyOf({ now }: Context, { key, types }: KeyTemplate): Lifecycle {
  if (types.includes('SHADOW')) return byHandOnly;
  const { initialState, lifecyclePolicy } = key;
  return { initialState, lifecyclePolicy, ...plannedDates(key, dayOf(now)), destructionDate: null };
}

function existing(key: Moving): Lifecycle {
  const { lifecyclePolicy, activationDate, expirationDate, destructionDate } = key;
  return { initialState: 'PRE_ACTIVATION', lifecyclePolicy, activationDate, expirationDate, destructionDate };
}

function refuse({ access }: Context, needed: readonly string[], scope: ScopeChain): void {
  if (!access.allows(needed, scope)) throw new EstateError('FORBIDDEN', { needed });
}
