import type { Id } from '../../domain/entity.js';
import type { Keystore } from '../../domain/keystore.js';
import type { AuditTarget, Context, Place } from '../operation.js';

export function keystoreTarget({ id, name, vaultId }: Pick<Keystore, 'id' | 'name' | 'vaultId'>): AuditTarget {
  return { kind: 'keystore', id, name, vaultId };
}

/** A keystore by id; retired ones are hidden. */
export async function keystorePlace(context: Pick<Context, 'estate'>, input: { readonly id: Id }): Promise<Place<Keystore> | undefined> {
  const place = await anyKeystorePlace(context, input);
  return place?.subject.state === 'RETIRED' ? undefined : place;
}

/** A keystore by id, retired or not. */
export async function anyKeystorePlace(
  { estate }: Pick<Context, 'estate'>,
  { id }: { readonly id: Id },
): Promise<Place<Keystore> | undefined> {
  const keystore = await estate.store.read.get('keystore', id);
  if (!keystore) return undefined;
  return { subject: keystore, scope: { vaultId: keystore.vaultId }, target: keystoreTarget(keystore), revision: keystore.revision };
}
