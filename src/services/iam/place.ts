import type { Id } from '../../domain/entity.js';
import type { Entities } from '../../store/contract.js';
import type { AuditTarget, Context, Place } from '../operation.js';

type IamNoun = 'principal' | 'apiKey' | 'role' | 'roleBinding';

const targetKinds: Record<IamNoun, string> = { principal: 'principal', apiKey: 'api-key', role: 'role', roleBinding: 'role-binding' };

export function iamTarget(noun: IamNoun, id: Id | null, name: string | null = null): AuditTarget {
  return { kind: targetKinds[noun], id, name, vaultId: null };
}

/** An entity of identity and access management by id. All of them belong to the instance. */
function iamPlace<N extends IamNoun>(noun: N) {
  return async ({ estate }: Pick<Context, 'estate'>, { id }: { readonly id: Id }): Promise<Place<Entities[N]> | undefined> => {
    const entity = await estate.store.read.get(noun, id);
    if (!entity) return undefined;
    const name = 'name' in entity ? (entity.name as string) : null;
    return { subject: entity, scope: {}, target: iamTarget(noun, entity.id, name), revision: entity.revision };
  };
}

export const principalPlace = iamPlace('principal');
export const apiKeyPlace = iamPlace('apiKey');
export const rolePlace = iamPlace('role');
export const roleBindingPlace = iamPlace('roleBinding');
