import type { Id } from '../domain/entity.js';
import { EstateError } from '../domain/errors.js';
import type { Vault } from '../domain/vault.js';
import type { Entities, Noun, Reader } from '../store/contract.js';

/**
 * The entity as it is inside the transaction, if nobody changed it since it was authorised.
 * @throws EstateError STALE_VERSION
 */
export async function fresh<N extends Noun>(tx: Reader, noun: N, entity: Entities[N]): Promise<Entities[N]> {
  const current = await tx.get(noun, entity.id);
  if (current?.revision !== entity.revision) throw new EstateError('STALE_VERSION');
  return current;
}

/**
 * The vault, unless it was deleted meanwhile: nothing new may come into a retired one.
 * @throws EstateError VAULT_NOT_FOUND, RETIRED
 */
export async function liveVault(tx: Reader, vaultId: Id): Promise<Vault> {
  const vault = await tx.get('vault', vaultId);
  if (!vault) throw new EstateError('VAULT_NOT_FOUND');
  if (vault.state === 'RETIRED') throw new EstateError('RETIRED');
  return vault;
}
