import { z } from 'zod';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Writer } from '../../store/contract.js';
import { fresh } from '../fresh.js';
import { type Context, change } from '../operation.js';
import { endRetired, livingKeys, retirement } from '../retire.js';
import { id, revision } from '../rules.js';
import { changed } from '../tracked.js';
import { vaultPlace } from './place.js';

/**
 * Deletes a vault that holds no keystores, no unarchived templates, and no keys but those destroyed or waiting for it.
 *
 * While keys wait, the vault is RETIRED: hidden, its name free, erased with the last of them. Archived templates and
 * those made along with keys go with it. The answer is the vault as it was left.
 * @throws EstateError VAULT_NOT_EMPTY
 */
export const deleteVault = change({
  name: 'deleteVault',
  action: 'vault.delete',
  input: z.strictObject({ id, revision: revision.optional() }),
  missing: 'VAULT_NOT_FOUND',
  place: vaultPlace,
  commit: async (tx, context, _input, subject) => {
    const vault = await fresh(tx, 'vault', subject);
    await refuseHeld(tx, vault.id);
    await retireTemplates(tx, context, vault.id);
    const retired = await tx.update('vault', changed(context, vault, { state: 'RETIRED' }));
    const erased = await endRetired(tx, context, vault.id);
    return { output: retired, details: { erased: erased.some(({ kind }) => kind === 'vault') } };
  },
});

async function refuseHeld(tx: Writer, vaultId: Id): Promise<void> {
  const inside = { vaultId: { eq: vaultId } };
  const templates = await tx.find('keyTemplate', { ...inside, state: { eq: 'UNARCHIVED' } });
  const holds = {
    keys: await tx.count('managedKey', { ...inside, ...livingKeys }),
    keystores: await tx.count('keystore', { ...inside, state: { eq: 'ACTIVE' } }),
    keyTemplates: templates.filter(({ types }) => !types.includes('SHADOW')).length,
  };
  if (holds.keys + holds.keystores + holds.keyTemplates > 0) throw new EstateError('VAULT_NOT_EMPTY', holds);
}

async function retireTemplates(tx: Writer, context: Context, vaultId: Id): Promise<void> {
  const templates = await tx.find('keyTemplate', { vaultId: { eq: vaultId }, state: { ne: 'RETIRED' } });
  for (const template of templates) await tx.update('keyTemplate', changed(context, template, retirement(template)));
}
