import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyStates } from '../../src/domain/key-state.js';
import { byHandOnly } from '../../src/domain/lifecycle.js';
import {
  actions,
  actionsFor,
  actionsForLifecycle,
  actionsOfRole,
  type BuiltInRoleId,
  builtInRoles,
  holds,
  isAction,
  keyUpdateActions,
  type OperationName,
  operationPermissions,
  permissionCases,
  systemAction,
  templateLifecycleActions,
} from '../../src/domain/permissions.js';
import { rolesDocument } from '../../src/domain/permissions-document.js';

const operations = Object.keys(operationPermissions) as OperationName[];
const roleIds = Object.keys(builtInRoles) as BuiltInRoleId[];
const vaultA = { kind: 'VAULT', id: 'a' } as const;
const vaultB = { kind: 'VAULT', id: 'b' } as const;
const instance = { kind: 'INSTANCE', id: null } as const;
const keyInA = [instance, vaultA, { kind: 'KEY', id: 'k' } as const];

/** UKO's matrix as published: action -> R C D V M; list is granted to Reader on purpose. */
const ukoMatrix: Record<string, string> = {
  'managed-keys.read': 'RCDVM',
  'managed-keys.list': 'RCDVM',
  'managed-keys.write': 'CD',
  'managed-keys.generate': 'C',
  'managed-keys.rotate': 'C',
  'managed-keys.distribute': 'CD',
  'managed-keys.write-dates': 'CD',
  'managed-keys.write-tags': 'CD',
  'managed-keys.preactivation-activate': 'D',
  'managed-keys.preactivation-destroy': 'CD',
  'managed-keys.active-deactivate': 'D',
  'managed-keys.active-install': 'CD',
  'managed-keys.active-uninstall': 'CD',
  'managed-keys.deactivated-install': 'CD',
  'managed-keys.deactivated-uninstall': 'CD',
  'managed-keys.deactivated-reactivate': 'D',
  'managed-keys.deactivated-destroy': 'V',
  'managed-keys.destroyed-remove': 'V',
  'managed-keys.delete': 'V',
  'target-keystores.read': 'RCDVM',
  'target-keystores.list': 'RCDVM',
  'target-keystores.write': 'V',
  'target-keystores.delete': 'V',
  'key-templates.read': 'RCDVM',
  'key-templates.list': 'RCDVM',
  'key-templates.write': 'CV',
  'key-templates.delete': 'V',
  'vaults.read': 'RCDVM',
  'vaults.list': 'RCDVM',
  'vaults.write': 'V',
  'vaults.delete': 'V',
};
const letters = { Reader: 'R', KeyCustodianCreator: 'C', KeyCustodianDeployer: 'D', VaultAdministrator: 'V', Manager: 'M' } as const;

describe('built-in roles', () => {
  test.each(Object.entries(ukoMatrix))('%s is held by %s', (action, holders) => {
    const held = (Object.keys(letters) as (keyof typeof letters)[]).filter((roleId) => actionsOfRole(roleId, []).includes(action));
    expect(held.map((roleId) => letters[roleId]).join('')).toBe(holders);
  });

  test('no role of UKO may use a key', () => {
    const uses = operations.filter((operation) =>
      /^(encrypt|decrypt|wrapKey|unwrapKey|rewrapKey|sign|verify|generateMac|verifyMac)$/.test(operation),
    );
    expect(uses).toHaveLength(9);
    for (const roleId of Object.keys(letters)) {
      for (const use of uses) expect(holds([{ roleId, scope: instance }], [], actionsFor(use), keyInA)).toBe(false);
    }
    for (const use of uses) expect(holds([{ roleId: 'KeyUser', scope: vaultA }], [], actionsFor(use), keyInA)).toBe(true);
  });

  test('an instance administrator may do everything but what only the server does', () => {
    for (const operation of operations) {
      for (const needed of permissionCases(operation)) {
        expect(holds([{ roleId: 'InstanceAdministrator', scope: instance }], [], needed.actions, [instance])).toBe(
          !needed.actions.includes(systemAction),
        );
      }
    }
  });

  test('every action is needed by some operation or by parts of one', () => {
    const needed = new Set([
      ...operations.flatMap((operation) => permissionCases(operation).flatMap((one) => one.actions)),
      ...keyUpdateActions({ dates: true, tags: true }),
      ...templateLifecycleActions({ ...byHandOnly, initialState: 'ACTIVE' }),
    ]);
    expect(actions.filter((action) => !needed.has(action))).toEqual([]);
  });

  test('creators do not deploy, and deployers do not create', () => {
    const may = (roleId: string, operation: string, state?: (typeof keyStates)[number]) =>
      holds([{ roleId, scope: vaultA }], [], actionsFor(operation, state), keyInA);
    expect(may('KeyCustodianCreator', 'createManagedKey')).toBe(true);
    expect(may('KeyCustodianCreator', 'activateManagedKey', 'PRE_ACTIVATION')).toBe(false);
    expect(may('KeyCustodianDeployer', 'activateManagedKey', 'PRE_ACTIVATION')).toBe(true);
    expect(may('KeyCustodianDeployer', 'createManagedKey')).toBe(false);
    expect(may('KeyCustodianDeployer', 'destroyManagedKey', 'ACTIVE')).toBe(false);
    expect(may('VaultAdministrator', 'destroyManagedKey', 'DEACTIVATED')).toBe(true);
    expect(may('VaultAdministrator', 'destroyManagedKey', 'ACTIVE')).toBe(false);
  });

  test('the documented matrix is the one that runs', async () => {
    await expect(rolesDocument()).toMatchFileSnapshot('../../docs/roles.md');
  });
});

describe('actionsFor', () => {
  test.each([
    ['activateManagedKey', 'PRE_ACTIVATION', ['managed-keys.preactivation-activate']],
    ['activateManagedKey', 'DEACTIVATED', ['managed-keys.deactivated-reactivate']],
    ['activateManagedKey', undefined, ['managed-keys.read']],
    ['destroyManagedKey', 'PRE_ACTIVATION', ['managed-keys.preactivation-destroy']],
    ['destroyManagedKey', 'ACTIVE', ['managed-keys.active-deactivate', 'managed-keys.deactivated-destroy']],
    ['destroyManagedKey', 'COMPROMISED', ['managed-keys.deactivated-destroy']],
    ['createVault', undefined, ['vaults.write']],
  ] as const)('%s of a key that is %s', (operation, state, needed) => expect(actionsFor(operation, state)).toEqual(needed));

  test.each(['', 'dropEverything', 'toString', '__proto__'])('an operation that is not in the table (%j) is nobody’s', (operation) => {
    expect(() => actionsFor(operation)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });
});

describe('actionsForLifecycle', () => {
  const moving = (on: object) => actionsForLifecycle({ ...byHandOnly, lifecyclePolicy: { ...byHandOnly.lifecyclePolicy, ...on } });
  test('what happens by itself needs what it needs by hand', () => {
    expect(actionsForLifecycle(byHandOnly)).toEqual([]);
    expect(actionsForLifecycle({ ...byHandOnly, initialState: 'ACTIVE' })).toEqual(['managed-keys.preactivation-activate']);
    expect(moving({ activateOnDate: true })).toEqual(['managed-keys.preactivation-activate']);
    expect(moving({ deactivateOnDate: true })).toEqual(['managed-keys.active-deactivate']);
    expect(moving({ destroyOnDate: true })).toEqual(['managed-keys.active-deactivate', 'managed-keys.deactivated-destroy']);
  });

  test('only the Vault Administrator among UKO’s roles writes it into templates', () => {
    const needed = templateLifecycleActions({ ...byHandOnly, initialState: 'ACTIVE' });
    const may = Object.keys(letters).filter((roleId) => holds([{ roleId, scope: vaultA }], [], needed, keyInA));
    expect(may).toEqual(['VaultAdministrator']);
    expect(templateLifecycleActions(byHandOnly)).toEqual([]);
  });
});

describe('S1: holds', () => {
  test('no role on one vault reaches another, for any operation in any state', () => {
    for (const operation of operations) {
      for (const state of [undefined, ...keyStates]) {
        for (const roleId of roleIds) {
          expect(holds([{ roleId, scope: vaultB }], [], actionsFor(operation, state), keyInA)).toBe(false);
        }
      }
    }
  });

  test('bindings add up, and those below do not reach up', () => {
    const custom = [
      { id: 'r1', actions: ['managed-keys.wrap'] },
      { id: 'r2', actions: ['managed-keys.unwrap'] },
    ];
    const both = [
      { roleId: 'r1', scope: vaultA },
      { roleId: 'r2', scope: { kind: 'KEY', id: 'k' } as const },
    ];
    expect(holds(both, custom, actionsFor('rewrapKey'), keyInA)).toBe(true);
    expect(holds(both, custom, actionsFor('rewrapKey'), [instance, vaultA])).toBe(false);
    expect(holds(both.slice(1), custom, actionsFor('rewrapKey'), keyInA)).toBe(false);
  });

  test('unknown roles, and actions that are none, give nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(...operations), (roleId, operation) => {
        fc.pre(!Object.hasOwn(builtInRoles, roleId));
        expect(holds([{ roleId, scope: instance }], [], actionsFor(operation), keyInA)).toBe(false);
      }),
    );
    expect(holds([{ roleId: 'r', scope: instance }], [{ id: 'r', actions: [systemAction] }], [systemAction], keyInA)).toBe(false);
    expect(isAction(systemAction)).toBe(false);
  });

  test('a scope of the same id but another kind does not reach', () => {
    expect(holds([{ roleId: 'KeyUser', scope: { kind: 'KEY', id: 'a' } }], [], ['managed-keys.encrypt'], [instance, vaultA])).toBe(false);
  });
});
