import type { Id } from '../domain/entity.js';
import { builtInRoles } from '../domain/permissions.js';
import type { RoleBinding } from '../domain/principal.js';
import type { Reader } from '../store/contract.js';
import type { Call } from './call.js';
import type { ScopeChain } from './operation.js';

/** Where an action may be shown: everything, or the listed vaults, rings and keys. */
export interface Visible {
  readonly everything: boolean;
  readonly vaultIds: readonly Id[];
  readonly ringIds: readonly Id[];
  readonly keyIds: readonly Id[];
}

/** What one caller may do, fixed for the length of one operation. */
export interface Access {
  /** Whether all of the actions are held on the chain. */
  allows(actions: readonly string[], scope: ScopeChain): boolean;
  visible(action: string): Visible;
}

/** The server's own calls: schedules and the reconciler. */
export const fullAccess: Access = {
  allows: () => true,
  visible: () => ({ everything: true, vaultIds: [], ringIds: [], keyIds: [] }),
};

/** Reads the caller's role bindings. A principal without any may do nothing. */
export async function accessOf(reader: Reader, call: Call): Promise<Access> {
  if (call.principal.kind === 'SYSTEM') return fullAccess;
  const bindings = await reader.find('roleBinding', { principalId: { eq: call.principal.id } });
  const customIds = bindings.map((binding) => binding.roleId).filter((roleId) => !(roleId in builtInRoles));
  const customRoles = await reader.getMany('role', customIds);
  const actionsOf = new Map<string, ReadonlySet<string>>(customRoles.map((role) => [role.id, new Set(role.actions)]));
  const holdsBy = (binding: RoleBinding, action: string) => (actionsOf.get(binding.roleId) ?? builtInActions(binding.roleId)).has(action);
  return {
    allows: (actions, scope) => actions.every((action) => bindings.some((binding) => holdsBy(binding, action) && covers(binding, scope))),
    visible: (action) => visibleBy(bindings.filter((binding) => holdsBy(binding, action))),
  };
}

const none: ReadonlySet<string> = new Set();
const builtIn: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(builtInRoles).map(([roleId, role]) => [roleId, new Set<string>(role.actions)]),
);

function builtInActions(roleId: string): ReadonlySet<string> {
  return builtIn.get(roleId) ?? none;
}

function covers({ scope }: RoleBinding, chain: ScopeChain): boolean {
  if (scope.kind === 'INSTANCE' || chain.anywhere === true) return true;
  const idOnChain = { VAULT: chain.vaultId, RING: chain.ringId, KEY: chain.keyId }[scope.kind];
  return scope.id !== null && idOnChain === scope.id;
}

function visibleBy(bindings: readonly RoleBinding[]): Visible {
  const idsOf = (kind: string) => bindings.flatMap(({ scope }) => (scope.kind === kind && scope.id !== null ? [scope.id] : []));
  return {
    everything: bindings.some(({ scope }) => scope.kind === 'INSTANCE'),
    vaultIds: idsOf('VAULT'),
    ringIds: idsOf('RING'),
    keyIds: idsOf('KEY'),
  };
}
