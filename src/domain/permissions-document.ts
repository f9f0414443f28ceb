import { markdownTable } from './markdown.js';
import { actions, type BuiltInRoleId, builtInRoles, type OperationName, operationPermissions, permissionCases } from './permissions.js';

/** `docs/roles.md`: built-in roles, the matrix of their actions, and what every operation needs. */
export function rolesDocument(): string {
  const roleIds = Object.keys(builtInRoles) as BuiltInRoleId[];
  const holdsAction = (roleId: BuiltInRoleId, action: string) => (builtInRoles[roleId].actions as readonly string[]).includes(action);
  const operations = Object.keys(operationPermissions) as OperationName[];
  return [
    '# Roles and permissions',
    '',
    'Generated from `src/domain/permissions.ts`; a test compares the two. A role is bound to a principal on the instance, a',
    'vault, a ring or a key, and reaches everything below. Custom roles are made of the same actions. Action names are those',
    'of Unified Key Orchestrator without their `hs-crypto.` prefix, and our own for what it has no name for.',
    '',
    ...markdownTable(
      ['role', 'name', 'what for'],
      roleIds.map((roleId) => [`\`${roleId}\``, builtInRoles[roleId].title, builtInRoles[roleId].description]),
    ),
    '',
    '## Who holds what',
    '',
    ...markdownTable(
      ['action', ...roleIds],
      actions.map((action) => [`\`${action}\``, ...roleIds.map((roleId) => (holdsAction(roleId, action) ? 'x' : ''))]),
    ),
    '',
    '## What an operation needs',
    '',
    ...markdownTable(
      ['operation', 'actions, all of them'],
      operations.map((operation) => [`\`${operation}\``, needsText(operation)]),
    ),
    '',
    'Changing dates with `updateManagedKey` needs `managed-keys.write-dates` as well, changing tags `managed-keys.write-tags`.',
    '`system.act` is held by no role: only the server does it.',
    '',
  ].join('\n');
}

function needsText(operation: OperationName): string {
  const byActions = new Map<string, string[]>();
  for (const { state, actions: needed } of permissionCases(operation)) {
    const text = needed.map((action) => `\`${action}\``).join(', ');
    byActions.set(text, [...(byActions.get(text) ?? []), ...(state ? [state] : [])]);
  }
  return [...byActions].map(([text, states]) => (states.length > 0 ? `${states.join(', ')}: ${text}` : text)).join('<br>');
}
