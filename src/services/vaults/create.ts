import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { type Vault, vaultNameRule } from '../../domain/vault.js';
import type { Reader } from '../../store/contract.js';
import { change } from '../operation.js';
import { description, text } from '../rules.js';
import { made } from '../tracked.js';
import { vaultTarget } from './place.js';

/** Makes a vault: the unit in which people are given rights. Names are unique among vaults that are not retired. */
export const createVault = change({
  name: 'createVault',
  action: 'vault.create',
  input: z.strictObject({
    name: text(vaultNameRule),
    description: description.default(''),
    recoveryKeyLabel: z.string().max(100).nullable().default(null),
  }),
  place: async () => ({ subject: null, scope: {}, target: { kind: 'vault', id: null, name: null, vaultId: null } }),
  commit: async (tx, context, input) => {
    await refuseTakenVaultName(tx, input.name);
    const vault: Vault = { ...made(context), ...input, state: 'ACTIVE' };
    await tx.insert('vault', vault);
    return { output: vault, target: vaultTarget(vault) };
  },
  repeat: {
    idOf: (vault) => vault.id,
    again: async ({ estate }, id) => {
      const vault = await estate.store.read.get('vault', id);
      if (!vault) throw new EstateError('VAULT_NOT_FOUND');
      return vault;
    },
  },
});

/** @throws EstateError NAME_TAKEN */
export async function refuseTakenVaultName(tx: Reader, name: string, exceptId = ''): Promise<void> {
  const holders = await tx.find('vault', { name: { eq: name }, state: { eq: 'ACTIVE' } }, 2);
  if (holders.some(({ id }) => id !== exceptId)) throw new EstateError('NAME_TAKEN', { field: 'name' });
}
