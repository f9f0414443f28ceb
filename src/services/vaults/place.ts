import type { Vault } from '../../domain/vault.js';
import type { Context, Place } from '../operation.js';

/** A vault by id; retired ones are hidden. */
export async function vaultPlace({ estate }: Context, { id }: { readonly id: string }): Promise<Place<Vault> | undefined> {
  const vault = await estate.store.read.get('vault', id);
  if (!vault || vault.state === 'RETIRED') return undefined;
  return {
    subject: vault,
    scope: { vaultId: vault.id },
    target: { kind: 'vault', id: vault.id, name: vault.name, vaultId: vault.id },
    revision: vault.revision,
  };
}
