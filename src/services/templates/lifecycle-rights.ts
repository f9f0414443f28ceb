import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { byHandOnly, lifecycleChange, lifecycleOfTemplate } from '../../domain/lifecycle.js';
import { templateLifecycleActions } from '../../domain/permissions.js';
import type { TemplateKey } from '../../domain/template.js';
import type { Context } from '../operation.js';

/**
 * Refuses who may write templates, but not what this one decides about the states of keys: a template is the vault's
 * policy, and who makes keys from it need not be allowed to move them.
 * @param before the template as it was in force; `null` when it was not
 * @throws EstateError FORBIDDEN
 */
export function refuseLifecycleWrite(
  { access }: Pick<Context, 'access'>,
  vaultId: Id,
  before: TemplateKey | null,
  after: TemplateKey,
): void {
  const moves = lifecycleChange(before ? lifecycleOfTemplate(before) : byHandOnly, lifecycleOfTemplate(after));
  const needed = templateLifecycleActions(moves);
  if (!access.allows(needed, { vaultId })) throw new EstateError('FORBIDDEN', { needed });
}
