/** The lists of identity and access management: principals, API keys, roles and role bindings. */
import { z } from 'zod';
import { builtInRoles } from '../../domain/permissions.js';
import type { Role } from '../../domain/principal.js';
import { principalKinds } from '../../domain/principal.js';
import { onInstance } from '../everywhere.js';
import { read } from '../operation.js';
import { pageOf } from '../paging.js';
import { anyOf, id, paging, searchText, sorting } from '../rules.js';
import { principalId } from './principal-id.js';

export const iamSortFields = ['createdAt', 'updatedAt'] as const;
export const namedIamSortFields = ['name', ...iamSortFields] as const;

/** Principals, a page at a time; `name` is any part of it. */
export const principals = read({
  name: 'principals',
  action: 'principal.list',
  input: z.strictObject({
    filter: z.strictObject({ ids: anyOf(principalId), kinds: anyOf(z.enum(principalKinds)), name: searchText }).default({}),
    sort: sorting(namedIamSortFields),
    ...paging,
  }),
  place: onInstance('principal'),
  read: async ({ estate }, { filter, ...page }) => {
    const where = {
      ...(filter.ids && { id: { in: filter.ids } }),
      ...(filter.kinds && { kind: { in: filter.kinds } }),
      ...(filter.name && { name: { contains: filter.name } }),
    };
    return await pageOf(estate.store.read, 'principal', where, page);
  },
});

/** API keys, a page at a time; their secrets are not stored. */
export const apiKeys = read({
  name: 'apiKeys',
  action: 'api-key.list',
  input: z.strictObject({
    filter: z.strictObject({ ids: anyOf(id), principalIds: anyOf(principalId), revoked: z.boolean().optional() }).default({}),
    sort: sorting(namedIamSortFields),
    ...paging,
  }),
  place: onInstance('api-key'),
  read: async ({ estate }, { filter, ...page }) => {
    const where = {
      ...(filter.ids && { id: { in: filter.ids } }),
      ...(filter.principalIds && { principalId: { in: filter.principalIds } }),
      ...(filter.revoked !== undefined && { revokedAt: filter.revoked ? { ne: null } : { eq: null } }),
    };
    return await pageOf(estate.store.read, 'apiKey', where, page);
  },
});

/** A role, the server's own or a custom one. */
export interface AnyRole extends Pick<Role, 'name' | 'description' | 'actions'> {
  readonly id: string;
  readonly builtIn: boolean;
  /** `null` for built-in roles, which nobody changes. */
  readonly role: Role | null;
}

/** Every role: the built-in ones first, then the custom ones by name. */
export const roles = read({
  name: 'roles',
  action: 'role.list',
  input: z.strictObject({ filter: z.strictObject({ ids: anyOf(z.string().max(100)), builtIn: z.boolean().optional() }).default({}) }),
  place: onInstance('role'),
  read: async ({ estate }, { filter }): Promise<readonly AnyRole[]> => {
    const custom = await estate.store.read.find('role', {});
    const all = [...builtInRoleList, ...custom.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(customRole)];
    return all.filter((role) => (filter.ids?.includes(role.id) ?? true) && (filter.builtIn ?? role.builtIn) === role.builtIn);
  },
});

const builtInRoleList: readonly AnyRole[] = Object.entries(builtInRoles).map(([roleId, { title, description, actions }]) => ({
  id: roleId,
  name: title,
  description,
  actions,
  builtIn: true,
  role: null,
}));

function customRole(role: Role): AnyRole {
  return { id: role.id, name: role.name, description: role.description, actions: role.actions, builtIn: false, role };
}

/** Role bindings, a page at a time. */
export const roleBindings = read({
  name: 'roleBindings',
  action: 'role-binding.list',
  input: z.strictObject({
    filter: z.strictObject({ ids: anyOf(id), principalIds: anyOf(principalId), roleIds: anyOf(z.string().max(100)) }).default({}),
    sort: sorting(iamSortFields),
    ...paging,
  }),
  place: onInstance('role-binding'),
  read: async ({ estate }, { filter, ...page }) => {
    const where = {
      ...(filter.ids && { id: { in: filter.ids } }),
      ...(filter.principalIds && { principalId: { in: filter.principalIds } }),
      ...(filter.roleIds && { roleId: { in: filter.roleIds } }),
    };
    return await pageOf(estate.store.read, 'roleBinding', where, page);
  },
});
