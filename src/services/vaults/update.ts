import { z } from 'zod';
import { vaultNameRule } from '../../domain/vault.js';
import { given } from '../given.js';
import { change } from '../operation.js';
import { description, id, revision, text } from '../rules.js';
import { storeChange } from '../tracked.js';
import { refuseTakenVaultName } from './create.js';
import { vaultPlace, vaultTarget } from './place.js';

/** Renames or redescribes a vault. Fields that are absent stay as they are. */
export const updateVault = change({
  name: 'updateVault',
  action: 'vault.update',
  input: z.strictObject({
    id,
    revision: revision.optional(),
    name: text(vaultNameRule).optional(),
    description: description.optional(),
    recoveryKeyLabel: z.string().max(100).nullable().optional(),
  }),
  missing: 'VAULT_NOT_FOUND',
  place: vaultPlace,
  commit: async (tx, context, { id: _id, revision: _revision, ...fields }, vault) => {
    if (fields.name !== undefined) await refuseTakenVaultName(tx, fields.name, vault.id);
    const updated = await storeChange(tx, context, 'vault', vault, given(fields));
    return { output: updated, target: vaultTarget(updated) };
  },
});
