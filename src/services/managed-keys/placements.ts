import { targetKeystores } from '../../domain/alignment.js';
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Keystore } from '../../domain/keystore.js';
import type { ManagedKey } from '../../domain/managed-key.js';
import type { TemplateTarget } from '../../domain/template.js';
import type { Reader } from '../../store/contract.js';
import type { Placement } from './instances.js';

/** Keystores that keys may go to. */
export async function openKeystores(reader: Reader, vaultId: Id): Promise<readonly Keystore[]> {
  return await reader.find('keystore', { vaultId: { eq: vaultId }, state: { eq: 'ACTIVE' } });
}

/**
 * A place in every keystore of the key's targets, one in each even when several targets ask for it.
 * @throws EstateError TARGET_GROUP_UNKNOWN when a target finds no keystore
 */
export async function placementsOf(
  reader: Reader,
  key: Pick<ManagedKey, 'vaultId' | 'targets'>,
  nameAt: (target: TemplateTarget) => string,
): Promise<readonly Placement[]> {
  const keystores = await openKeystores(reader, key.vaultId);
  const lost = key.targets.find((target) => targetKeystores([target], keystores).length === 0);
  if (lost) throw new EstateError('TARGET_GROUP_UNKNOWN', { keystoreType: lost.keystoreType, group: lost.group });
  return targetKeystores(key.targets, keystores).map(({ target, keystore }) => {
    return { keystoreId: keystore.id, targetId: target.id, name: nameAt(target) };
  });
}
