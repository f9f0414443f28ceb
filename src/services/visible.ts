import type { Id } from '../domain/entity.js';
import { actionsFor } from '../domain/permissions.js';
import type { Condition } from '../store/contract.js';
import type { Access } from './access.js';

/**
 * Limits a list of things that live in vaults to the vaults in which the caller holds the list operation's action.
 * @param asked the vaults the caller asked for; `undefined` for all
 */
export function visibleVaults(access: Access, operation: string, asked?: readonly Id[]): { readonly vaultId?: Condition } {
  const vaultIds = visibleVaultIds(access, operation, asked);
  return vaultIds === undefined ? {} : { vaultId: { in: vaultIds } };
}

/** The same as ids; `undefined` stands for every vault. */
export function visibleVaultIds(access: Access, operation: string, asked?: readonly Id[]): readonly Id[] | undefined {
  const [action = ''] = actionsFor(operation);
  const visible = access.visible(action);
  if (visible.everything) return asked;
  const own = new Set(visible.vaultIds);
  return asked === undefined ? [...own] : asked.filter((id) => own.has(id));
}
