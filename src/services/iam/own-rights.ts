/** Nobody gives, or takes on, rights that they do not hold themselves: the right to give roles is not the right to everything. */
import { EstateError } from '../../domain/errors.js';
import { actionsOfRole, isBuiltInRole } from '../../domain/permissions.js';
import type { RoleBinding, Scope } from '../../domain/principal.js';
import type { Reader } from '../../store/contract.js';
import type { Context, ScopeChain } from '../operation.js';

type Caller = Pick<Context, 'access' | 'call'>;

/** @throws EstateError FORBIDDEN unless the caller holds all of the actions on the whole instance */
export function refuseForeignActions({ access }: Caller, actions: readonly string[]): void {
  if (!access.allows(actions, {})) throw new EstateError('FORBIDDEN');
}

/** @throws EstateError FORBIDDEN unless the caller holds, on that scope, all that the role gives */
export async function refuseForeignRole(reader: Reader, { access }: Caller, { roleId, scope }: Pick<RoleBinding, 'roleId' | 'scope'>) {
  const customRoles = isBuiltInRole(roleId) ? [] : await reader.getMany('role', [roleId]);
  if (!access.allows(actionsOfRole(roleId, customRoles), await chainOf(reader, scope))) throw new EstateError('FORBIDDEN');
}

/**
 * Refuses a caller who would act as another principal with more rights than its own.
 * @throws EstateError FORBIDDEN
 */
export async function refuseMightierPrincipal(reader: Reader, caller: Caller, principalId: string): Promise<void> {
  if (principalId === caller.call.principal.id) return;
  const bindings = await reader.find('roleBinding', { principalId: { eq: principalId } }, Number.MAX_SAFE_INTEGER);
  for (const binding of bindings) await refuseForeignRole(reader, caller, binding);
}

/** The scope and what it lies in. */
async function chainOf(reader: Reader, { kind, id }: Scope): Promise<ScopeChain> {
  if (id === null) return {};
  if (kind === 'VAULT') return { vaultId: id };
  if (kind === 'RING') return { ringId: id, vaultId: (await reader.get('keyRing', id))?.vaultId ?? null };
  return { keyId: id, vaultId: (await reader.get('managedKey', id))?.vaultId ?? null };
}
