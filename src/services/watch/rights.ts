import { EstateError } from '../../domain/errors.js';
import { actionsFor } from '../../domain/permissions.js';
import { compareTimes } from '../../domain/time.js';
import type { Committed, Noun } from '../../store/contract.js';
import { type Access, accessOf } from '../access.js';
import { isStillGood } from '../iam/authenticate.js';
import type { Context } from '../operation.js';

/** A subscriber's rights, which must hold for as long as it listens. */
export interface WatchRights {
  /**
   * What the caller may see now, read again when this commit touched anybody's rights.
   * @throws EstateError UNAUTHENTICATED when the credential was revoked or has expired, FORBIDDEN when no right is left
   */
  after(committed: Committed): Promise<Access>;
}

const rightsNouns: readonly Noun[] = ['principal', 'apiKey', 'role', 'roleBinding'];

/** Whether a commit may have changed what somebody may see. */
export function touchesRights({ changes }: Committed): boolean {
  return changes.some(({ noun }) => rightsNouns.includes(noun));
}

export function watchRights({ estate, call, access: initial }: Context, operation: string): WatchRights {
  const { read } = estate.store;
  let access = initial;
  let expiresAt: string | null | undefined;
  const refuseLostCredential = async (isTouched: boolean) => {
    if (call.credentialId === null) return;
    expiresAt ??= (await read.get('apiKey', call.credentialId))?.expiresAt ?? null;
    const now = estate.now();
    const isExpired = expiresAt !== null && compareTimes(expiresAt, now) <= 0;
    if ((isTouched || isExpired) && !(await isStillGood(read, call.credentialId, now))) throw new EstateError('UNAUTHENTICATED');
  };
  return {
    after: async (committed) => {
      const isTouched = touchesRights(committed);
      await refuseLostCredential(isTouched);
      if (isTouched) access = await accessOf(read, call);
      if (!access.allows(actionsFor(operation), { anywhere: true })) throw new EstateError('FORBIDDEN');
      return access;
    },
  };
}
