import type { Id } from '../domain/entity.js';
import { actionsOfRole, holds, isBuiltInRole, type ScopePath } from '../domain/permissions.js';
import type { RoleBinding, ScopeKind } from '../domain/principal.js';
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
  const customRoles = await reader.getMany(
    'role',
    bindings.map(({ roleId }) => roleId).filter((roleId) => !isBuiltInRole(roleId)),
  );
  return {
    allows: (actions, chain) => holds(bindings, customRoles, actions, chain.anywhere ? bindings.map(({ scope }) => scope) : pathOf(chain)),
    visible: (action) => visibleBy(bindings.filter(({ roleId }) => actionsOfRole(roleId, customRoles).includes(action))),
  };
}

function pathOf({ vaultId, ringId, keyId }: ScopeChain): ScopePath {
  const scope = (kind: ScopeKind, id: Id | null | undefined) => (id ? [{ kind, id }] : []);
  return [...scope('VAULT', vaultId), ...scope('RING', ringId), ...scope('KEY', keyId)];
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
