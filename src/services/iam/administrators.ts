import type { Id, Timestamp } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { ApiKey, RoleBinding } from '../../domain/principal.js';
import type { Reader } from '../../store/contract.js';

/** The role without whose holder nobody could give rights any more. */
export const administratorRole = 'InstanceAdministrator';

/** The bindings that make principals administrators of the instance. */
export async function administratorBindings(reader: Reader): Promise<readonly RoleBinding[]> {
  const bindings = await reader.find('roleBinding', { roleId: { eq: administratorRole } }, Number.MAX_SAFE_INTEGER);
  return bindings.filter(({ scope }) => scope.kind === 'INSTANCE');
}

/**
 * Refuses a removal of role bindings that would leave the instance without an administrator, or without one who can sign in.
 * @throws EstateError LAST_ADMINISTRATOR
 */
export async function refuseLastAdministrator(
  reader: Reader,
  now: Timestamp,
  isRemoved: (binding: { id: Id; principalId: Id }) => boolean,
): Promise<void> {
  const bindings = await administratorBindings(reader);
  const remaining = bindings.filter((binding) => !isRemoved(binding));
  if (remaining.length === bindings.length) return;
  const isLast = remaining.length === 0 || ((await canSignIn(reader, now, bindings)) && !(await canSignIn(reader, now, remaining)));
  if (isLast) throw new EstateError('LAST_ADMINISTRATOR');
}

/**
 * Refuses the revocation of an API key that is the last with which an administrator can sign in.
 * @throws EstateError LAST_ADMINISTRATOR
 */
export async function refuseLastAdministratorKey(reader: Reader, now: Timestamp, { id }: Pick<ApiKey, 'id'>): Promise<void> {
  const [only, ...others] = await usableKeys(reader, now, await administratorBindings(reader), 2);
  if (only?.id === id && others.length === 0) throw new EstateError('LAST_ADMINISTRATOR');
}

async function canSignIn(reader: Reader, now: Timestamp, bindings: readonly RoleBinding[]): Promise<boolean> {
  return (await usableKeys(reader, now, bindings, 1)).length > 0;
}

/** API keys of the holders that are neither revoked nor expired. */
async function usableKeys(reader: Reader, now: Timestamp, holders: readonly RoleBinding[], limit: number): Promise<readonly ApiKey[]> {
  const principalIds = holders.map(({ principalId }) => principalId);
  const unexpired = [{ expiresAt: { eq: null } }, { expiresAt: { gt: now } }];
  return await reader.find('apiKey', { principalId: { in: principalIds }, revokedAt: { eq: null }, any: unexpired }, limit);
}

/** The administrator that local sign-in is for: the one called `admin`, else any; `undefined` where there is none. */
export async function localAdministrator(reader: Reader): Promise<Id | undefined> {
  const principalIds = (await administratorBindings(reader)).map(({ principalId }) => principalId);
  const principals = await reader.getMany('principal', principalIds);
  return (principals.find(({ name }) => name === 'admin') ?? principals[0])?.id;
}
