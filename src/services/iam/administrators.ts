import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { RoleBinding } from '../../domain/principal.js';
import type { Reader } from '../../store/contract.js';

/** The role without whose holder nobody could give rights any more. */
export const administratorRole = 'InstanceAdministrator';

/** The bindings that make principals administrators of the instance. */
export async function administratorBindings(reader: Reader): Promise<readonly RoleBinding[]> {
  const bindings = await reader.find('roleBinding', { roleId: { eq: administratorRole } }, Number.MAX_SAFE_INTEGER);
  return bindings.filter(({ scope }) => scope.kind === 'INSTANCE');
}

/**
 * Refuses a removal of role bindings that would leave the instance without an administrator.
 * @throws EstateError LAST_ADMINISTRATOR
 */
export async function refuseLastAdministrator(reader: Reader, isRemoved: (binding: { id: Id; principalId: Id }) => boolean): Promise<void> {
  const bindings = await administratorBindings(reader);
  const removed = bindings.filter(isRemoved);
  if (removed.length > 0 && removed.length === bindings.length) throw new EstateError('LAST_ADMINISTRATOR');
}

/** The administrator that local sign-in is for: the one called `admin`, else any; `undefined` where there is none. */
export async function localAdministrator(reader: Reader): Promise<Id | undefined> {
  const principalIds = (await administratorBindings(reader)).map(({ principalId }) => principalId);
  const principals = await reader.getMany('principal', principalIds);
  return (principals.find(({ name }) => name === 'admin') ?? principals[0])?.id;
}
