import { z } from 'zod';
import { type ErrorCode, EstateError } from '../../domain/errors.js';
import { isBuiltInRole } from '../../domain/permissions.js';
import { type RoleBinding, type Scope, scopeKinds } from '../../domain/principal.js';
import type { Noun, Reader } from '../../store/contract.js';
import { liveVault } from '../fresh.js';
import { change } from '../operation.js';
import { id } from '../rules.js';
import { made } from '../tracked.js';
import { refuseForeignRole } from './own-rights.js';
import { iamTarget, principalPlace } from './place.js';
import { principalId } from './principal-id.js';

const scope = z
  .strictObject({ kind: z.enum(scopeKinds), id: id.nullable().default(null) })
  .refine((value) => (value.kind === 'INSTANCE') === (value.id === null), { error: 'must have an id unless it is the instance' });

/**
 * Gives a principal a role on the instance, a vault, a ring or a key. Giving what is held already is refused, and so is
 * giving what the caller does not hold there.
 * @throws EstateError FORBIDDEN, PRINCIPAL_NOT_FOUND, ROLE_NOT_FOUND, VAULT_NOT_FOUND, NOT_FOUND, ROLE_BINDING_EXISTS
 */
export const createRoleBinding = change({
  name: 'createRoleBinding',
  action: 'role-binding.create',
  input: z.strictObject({ principalId, roleId: z.string().min(1).max(100), scope }),
  missing: 'PRINCIPAL_NOT_FOUND',
  place: (context, input) => principalPlace(context, { id: input.principalId }),
  commit: async (tx, context, input, principal) => {
    if (!(await tx.get('principal', principal.id))) throw new EstateError('PRINCIPAL_NOT_FOUND');
    if (!isBuiltInRole(input.roleId) && !(await tx.get('role', input.roleId))) throw new EstateError('ROLE_NOT_FOUND');
    await refuseUnknownScope(tx, input.scope);
    await refuseForeignRole(tx, context, input);
    const held = await tx.find('roleBinding', { principalId: { eq: principal.id }, roleId: { eq: input.roleId } });
    const same = held.find((binding) => binding.scope.kind === input.scope.kind && binding.scope.id === input.scope.id);
    if (same) throw new EstateError('ROLE_BINDING_EXISTS', { roleBindingId: same.id });
    const binding: RoleBinding = { ...made(context), ...input };
    await tx.insert('roleBinding', binding);
    return { output: binding, target: iamTarget('roleBinding', binding.id, input.roleId) };
  },
  repeat: {
    idOf: (binding) => binding.id,
    again: async ({ estate }, bindingId) => {
      const binding = await estate.store.read.get('roleBinding', bindingId);
      if (!binding) throw new EstateError('NOT_FOUND');
      return binding;
    },
  },
});

async function refuseUnknownScope(tx: Reader, { kind, id: scopeId }: Scope): Promise<void> {
  if (scopeId === null) return;
  if (kind === 'VAULT') await liveVault(tx, scopeId);
  const [noun, missing] = scopeNouns[kind] ?? [];
  if (noun && !(await tx.get(noun, scopeId))) throw new EstateError(missing ?? 'NOT_FOUND');
}

const scopeNouns: Partial<Record<Scope['kind'], readonly [Noun, ErrorCode]>> = {
  RING: ['keyRing', 'NOT_FOUND'],
  KEY: ['managedKey', 'MANAGED_KEY_NOT_FOUND'],
};
