/** The way back of what was deleted around a key that waited for its destruction, when that is cancelled. */
import type { Id } from '../domain/entity.js';
import { EstateError } from '../domain/errors.js';
import type { ManagedKey } from '../domain/managed-key.js';
import type { Entities, Where, Writer } from '../store/contract.js';
import type { Context } from './operation.js';
import { changed } from './tracked.js';

/** Something that was retired and lives again; for the audit event. */
export interface Revived {
  readonly kind: 'vault' | 'keystore' | 'key-template';
  readonly id: Id;
  readonly name: string;
}

/**
 * Brings back the retired vault, template and keystores of a key that lives on. A keystore that left the key's targets
 * before was deleted for this key too, and only sees its copy to its end.
 * @throws EstateError NAME_TAKEN with kind and id of what cannot come back
 */
export async function reviveAround(tx: Writer, context: Context, key: ManagedKey): Promise<readonly Revived[]> {
  const instances = await tx.find('keyInstance', { managedKeyId: { eq: key.id }, targetId: { ne: null } });
  const keystores = await tx.getMany(
    'keystore',
    instances.map(({ keystoreId }) => keystoreId),
  );
  const inVault = { vaultId: { eq: key.vaultId } };
  return [
    ...(await revive(tx, context, 'vault', await tx.getMany('vault', [key.vaultId]), {})),
    ...(await revive(tx, context, 'keyTemplate', await tx.getMany('keyTemplate', [key.templateId]), inVault)),
    ...(await revive(tx, context, 'keystore', keystores, inVault)),
  ];
}

type Mortal = 'vault' | 'keyTemplate' | 'keystore';
const kinds = { vault: 'vault', keyTemplate: 'key-template', keystore: 'keystore' } as const satisfies Record<Mortal, Revived['kind']>;

/** Those of the entities that are retired; `among` whom their names must be free. */
async function revive<N extends Mortal>(
  tx: Writer,
  context: Context,
  noun: N,
  entities: readonly Entities[N][],
  among: Where<{ readonly vaultId: Id }>,
): Promise<readonly Revived[]> {
  const revived: Revived[] = [];
  for (const entity of entities.filter(({ state }) => state === 'RETIRED')) {
    const { id, name } = entity;
    const where = { ...among, name: { eq: name }, state: { ne: 'RETIRED' } } as unknown as Where<Entities[N]>;
    if ((await tx.count(noun, where)) > 0) throw new EstateError('NAME_TAKEN', { field: 'name', kind: kinds[noun], id });
    await tx.update(noun, changed(context, entity, alive(entity) as Partial<Entities[N]>));
    revived.push({ kind: kinds[noun], id, name });
  }
  return revived;
}

/** A template comes back as it was: an archived one must not begin to make keys again. */
function alive(entity: Entities[Mortal]): object {
  return 'retiredFrom' in entity ? { state: entity.retiredFrom ?? 'ARCHIVED', retiredFrom: null } : { state: 'ACTIVE' };
}
