import type { Id } from '../../domain/entity.js';
import type { Vault } from '../../domain/vault.js';
import type { AuditTarget, Context, Place } from '../operation.js';

export function vaultTarget({ id, name }: Pick<Vault, 'id' | 'name'>): AuditTarget {
  return { kind: 'vault', id, name, vaultId: id };
}

/** A vault by id, or by the name it holds among the living; retired ones are hidden. */
export async function vaultPlace(
  { estate }: Pick<Context, 'estate'>,
  input: { readonly id?: Id | undefined; readonly name?: string | undefined },
): Promise<Place<Vault> | undefined> {
  const { read } = estate.store;
  const vault = input.id !== undefined ? await read.get('vault', input.id) : await vaultByName(read, input.name ?? '');
  if (!vault || vault.state === 'RETIRED') return undefined;
  return { subject: vault, scope: { vaultId: vault.id }, target: vaultTarget(vault), revision: vault.revision };
}

async function vaultByName(read: Context['estate']['store']['read'], name: string): Promise<Vault | undefined> {
  const [vault] = await read.find('vault', { name: { eq: name }, state: { eq: 'ACTIVE' } }, 1);
  return vault;
}

/** Where something new comes into a vault, for operations that create; the subject is the vault. */
export async function inVault(
  context: Pick<Context, 'estate'>,
  vaultId: Id,
  kind: string,
  name: string | null = null,
): Promise<Place<Vault> | undefined> {
  const place = await vaultPlace(context, { id: vaultId });
  return place && { subject: place.subject, scope: place.scope, target: { kind, id: null, name, vaultId } };
}
