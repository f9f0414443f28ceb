import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Reader } from '../../store/contract.js';
import { livingKeys } from '../retire.js';

/** A key's label and its names in keystores. */
export interface Names {
  readonly vaultId: Id;
  readonly label: string;
  readonly placements: readonly { readonly keystoreId: Id; readonly name: string }[];
}

/**
 * Refuses a label that another key of the vault bears, or a name that another key bears in the same keystore. Keys that
 * are being destroyed hold no name.
 * @throws EstateError NAME_TAKEN
 */
export async function refuseTakenNames(tx: Reader, { vaultId, label, placements }: Names, ownId: Id): Promise<void> {
  const holders = await tx.find('managedKey', { vaultId: { eq: vaultId }, label: { eq: label }, ...livingKeys }, 2);
  if (holders.some(({ id }) => id !== ownId)) throw new EstateError('NAME_TAKEN', { field: 'label' });
  const others = await tx.find('keyInstance', {
    keystoreId: { in: placements.map(({ keystoreId }) => keystoreId) },
    name: { in: placements.map(({ name }) => name) },
    managedKeyId: { ne: ownId, within: { noun: 'managedKey', field: 'id', where: { vaultId: { eq: vaultId }, ...livingKeys } as never } },
  });
  const clash = placements.find((own) => others.some((other) => other.keystoreId === own.keystoreId && other.name === own.name));
  if (clash) throw new EstateError('NAME_TAKEN', { field: 'name', keystoreId: clash.keystoreId });
}
