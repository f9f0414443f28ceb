import type { Id } from '../../domain/entity.js';
import { actionsFor } from '../../domain/permissions.js';
import type { Condition } from '../../store/contract.js';
import type { Access } from '../access.js';

/** Conditions that limit a list to what the caller may see; `KeyField` is the field that holds the managed key's id. */
export interface VisibleKeys<KeyField extends string> {
  readonly vaultId?: Condition;
  readonly any?: readonly ({ readonly [F in KeyField]?: Condition } & { readonly vaultId?: Condition })[];
}

/**
 * Keys in the vaults in which the caller holds the list operation's action, and single keys on which they do.
 * @param asked the vaults the caller asked for; `undefined` for all
 */
export function visibleKeys<KeyField extends string>(
  access: Access,
  operation: string,
  keyField: KeyField,
  asked?: readonly Id[],
): VisibleKeys<KeyField> {
  const [action = ''] = actionsFor(operation);
  const visible = access.visible(action);
  const inAsked = asked === undefined ? {} : { vaultId: { in: asked } };
  if (visible.everything) return inAsked;
  const ownVaults = asked === undefined ? visible.vaultIds : visible.vaultIds.filter((id) => asked.includes(id));
  type Member = { readonly [F in KeyField]?: Condition } & { readonly vaultId?: Condition };
  const members = [{ vaultId: { in: ownVaults } }, { [keyField]: { in: visible.keyIds }, ...inAsked }];
  return { any: members as unknown as readonly Member[] };
}
