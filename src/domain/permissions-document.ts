import { byHandOnly, type LifecycleMoves } from './lifecycle.js';
import { markdownTable } from './markdown.js';
import {
  actions,
  actionsForLifecycle,
  activeFromStartActions,
  type BuiltInRoleId,
  builtInRoles,
  type OperationName,
  operationPermissions,
  permissionCases,
} from './permissions.js';
import type { LifecyclePolicy } from './template.js';

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
    '',
    '## Separation of duties',
    '',
    'What happens to a key by itself needs what it would need by hand, from whoever decides it, on top of the table above:',
    '',
    ...markdownTable(
      ['a key that', 'actions'],
      lifecycleRows.map(([what, moves]) => [what, codes(actionsForLifecycle({ ...byHandOnly, ...moves }))]),
    ),
    '',
    'Each is needed to switch the move on or off for one key, to change its day while it is on, and to write it into a recipe of the',
    'key’s own. A key template decides for the whole vault: one that holds such a move needs `key-templates.write-lifecycle` to be',
    'written, changed in this, exposed or taken out of the archive, and then keys made from it, as it says, need no more than a key that',
    `is ACTIVE at once always does, ${codes(activeFromStartActions)}. Aligning a key counts as a change of the moves that have a day.`,
    '',
    '`deleteKeystore` with any mode but RESTRICT needs `managed-keys.active-deactivate` while active keys are installed there, and DESTROY',
    '`managed-keys.deactivated-destroy` while any living key is.',
    '',
    '`system.act` is held by no role: only the server does it.',
    '',
  ].join('\n');
}

const switched = (on: Partial<LifecyclePolicy>) => ({ lifecyclePolicy: { ...byHandOnly.lifecyclePolicy, ...on } });
const lifecycleRows: readonly (readonly [string, Partial<LifecycleMoves>])[] = [
  ['begins ACTIVE', { initialState: 'ACTIVE' }],
  ['is activated on its activation date', switched({ activateOnDate: true })],
  ['is deactivated after its expiration date', switched({ deactivateOnDate: true })],
  ['is destroyed on its destruction date', switched({ destroyOnDate: true })],
];

function codes(needed: readonly string[]): string {
  return needed.map((action) => `\`${action}\``).join(', ');
}

function needsText(operation: OperationName): string {
  const byActions = new Map<string, string[]>();
  for (const { state, actions: needed } of permissionCases(operation)) {
    const text = codes(needed);
    byActions.set(text, [...(byActions.get(text) ?? []), ...(state ? [state] : [])]);
  }
  return [...byActions].map(([text, states]) => (states.length > 0 ? `${states.join(', ')}: ${text}` : text)).join('<br>');
}
