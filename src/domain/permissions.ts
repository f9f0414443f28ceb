/**
 * Permissions, once: the actions (UKO's names without their `hs-crypto.` prefix, and ours), which built-in role holds
 * which, and which of them an operation needs.
 */
import type { Id } from './entity.js';
import { EstateError } from './errors.js';
import { type KeyState, keyStates } from './key-state.js';
import type { LifecycleMoves } from './lifecycle.js';
import type { RoleBinding, Scope } from './principal.js';

/** Reading, and the actions of UKO's role matrix. */
const ukoActions = [
  'vaults.read',
  'vaults.list',
  'vaults.write',
  'vaults.delete',
  'target-keystores.read',
  'target-keystores.list',
  'target-keystores.write',
  'target-keystores.delete',
  'key-templates.read',
  'key-templates.list',
  'key-templates.write',
  'key-templates.delete',
  'managed-keys.read',
  'managed-keys.list',
  'managed-keys.write',
  'managed-keys.write-dates',
  'managed-keys.write-tags',
  'managed-keys.generate',
  'managed-keys.distribute',
  'managed-keys.preactivation-activate',
  'managed-keys.preactivation-destroy',
  'managed-keys.active-deactivate',
  'managed-keys.active-install',
  'managed-keys.active-uninstall',
  'managed-keys.deactivated-install',
  'managed-keys.deactivated-uninstall',
  'managed-keys.deactivated-reactivate',
  'managed-keys.deactivated-destroy',
  'managed-keys.destroyed-remove',
  'managed-keys.delete',
] as const;

const ownActions = [
  'key-templates.write-lifecycle',
  'managed-keys.rotate',
  'managed-keys.import',
  'managed-keys.compromise',
  'managed-keys.cancel-destruction',
  'managed-keys.encrypt',
  'managed-keys.decrypt',
  'managed-keys.wrap',
  'managed-keys.unwrap',
  'managed-keys.sign',
  'managed-keys.verify',
  'managed-keys.mac',
  'random.generate',
  'audit.read',
  'hsm.read',
  'hsm.operate',
  'iam.read',
  'iam.write',
  'instance.read',
  'instance.read-metrics',
  'backups.create',
] as const;

/** Every action a role can hold. */
export const actions = [...ukoActions, ...ownActions] as const;
export type Action = (typeof actions)[number];

/** Held by no role: what only the server does by itself (schedules, reconciler, set-up). */
export const systemAction = 'system.act';
type RequiredAction = Action | typeof systemAction;

export interface BuiltInRole {
  readonly title: string;
  readonly description: string;
  readonly actions: readonly Action[];
}

const reading = [
  'vaults.read',
  'vaults.list',
  'target-keystores.read',
  'target-keystores.list',
  'key-templates.read',
  'key-templates.list',
  'managed-keys.read',
  'managed-keys.list',
  'instance.read',
] as const satisfies readonly Action[];

/** Held by both key custodians. */
const custody = [
  'managed-keys.write',
  'managed-keys.write-dates',
  'managed-keys.write-tags',
  'managed-keys.distribute',
  'managed-keys.preactivation-destroy',
  'managed-keys.active-install',
  'managed-keys.active-uninstall',
  'managed-keys.deactivated-install',
  'managed-keys.deactivated-uninstall',
] as const satisfies readonly Action[];

/** Role id -> role. The first five are UKO's; none of them may use a key. */
export const builtInRoles = {
  Reader: { title: 'Reader', description: 'Sees vaults, keystores, templates and keys.', actions: reading },
  KeyCustodianCreator: {
    title: 'Key Custodian - Creator',
    description: 'Makes, imports and rotates keys; somebody else activates them.',
    actions: [...reading, ...custody, 'managed-keys.generate', 'managed-keys.rotate', 'managed-keys.import', 'key-templates.write'],
  },
  KeyCustodianDeployer: {
    title: 'Key Custodian - Deployer',
    description: 'Activates and deactivates keys that somebody else has made.',
    actions: [
      ...reading,
      ...custody,
      'managed-keys.preactivation-activate',
      'managed-keys.active-deactivate',
      'managed-keys.deactivated-reactivate',
      'managed-keys.compromise',
    ],
  },
  VaultAdministrator: {
    title: 'Vault Administrator',
    description: 'Manages vaults, keystores and templates, and destroys deactivated keys.',
    actions: [
      ...reading,
      'vaults.write',
      'vaults.delete',
      'target-keystores.write',
      'target-keystores.delete',
      'key-templates.write',
      'key-templates.write-lifecycle',
      'key-templates.delete',
      'managed-keys.deactivated-destroy',
      'managed-keys.destroyed-remove',
      'managed-keys.delete',
      'managed-keys.compromise',
      'managed-keys.cancel-destruction',
    ],
  },
  Manager: {
    title: 'Manager',
    description: 'Sees the estate and operates the HSM.',
    actions: [...reading, 'hsm.read', 'hsm.operate'],
  },
  KeyUser: {
    title: 'Key User',
    description: 'Uses keys: encrypts, decrypts, wraps, signs, verifies. Changes nothing.',
    actions: [
      'instance.read',
      'managed-keys.read',
      'managed-keys.list',
      'managed-keys.encrypt',
      'managed-keys.decrypt',
      'managed-keys.wrap',
      'managed-keys.unwrap',
      'managed-keys.sign',
      'managed-keys.verify',
      'managed-keys.mac',
      'random.generate',
    ],
  },
  Auditor: { title: 'Auditor', description: 'Reads and proves the audit log.', actions: ['instance.read', 'audit.read'] },
  Monitor: { title: 'Monitor', description: 'Reads metrics, and nothing else.', actions: ['instance.read-metrics'] },
  InstanceAdministrator: {
    title: 'Instance Administrator',
    description: 'Does everything, including the use of keys and the roles of others.',
    actions,
  },
} as const satisfies Record<string, BuiltInRole>;

export type BuiltInRoleId = keyof typeof builtInRoles;

/** Needs that depend on the state of the key concerned. */
interface NeedsByState {
  readonly byState: Partial<Readonly<Record<KeyState, readonly RequiredAction[]>>>;
  /** In every other state; the state itself then refuses the operation. */
  readonly otherwise: readonly RequiredAction[];
}

/** Operation name -> the actions it needs, all of them. A new operation is one row here. */
export const operationPermissions = {
  instance: ['instance.read'],
  expiring: ['instance.read'],
  metrics: ['instance.read-metrics'],

  vaults: ['vaults.list'],
  vault: ['vaults.read'],
  createVault: ['vaults.write'],
  updateVault: ['vaults.write'],
  deleteVault: ['vaults.delete'],

  keystoreTypes: ['instance.read'],
  keystores: ['target-keystores.list'],
  keystore: ['target-keystores.read'],
  createKeystore: ['target-keystores.write'],
  testKeystore: ['target-keystores.write'],
  updateKeystore: ['target-keystores.write'],
  deleteKeystore: ['target-keystores.delete'],

  keyTemplates: ['key-templates.list'],
  keyTemplate: ['key-templates.read'],
  createKeyTemplate: ['key-templates.write'],
  updateKeyTemplate: ['key-templates.write'],
  archiveKeyTemplate: ['key-templates.write'],
  unarchiveKeyTemplate: ['key-templates.write'],
  exposeKeyTemplate: ['key-templates.write'],
  deleteKeyTemplate: ['key-templates.delete'],

  managedKeys: ['managed-keys.list'],
  managedKey: ['managed-keys.read'],
  managedKeyChanged: ['managed-keys.read'],
  keyVersions: ['managed-keys.read'],
  keyInstances: ['managed-keys.read'],
  createManagedKey: ['managed-keys.write', 'managed-keys.generate', 'managed-keys.distribute'],
  createManagedKeyImport: ['managed-keys.write', 'managed-keys.import'],
  importManagedKey: ['managed-keys.write', 'managed-keys.import'],
  updateManagedKey: ['managed-keys.write'],
  activateManagedKey: {
    byState: { PRE_ACTIVATION: ['managed-keys.preactivation-activate'] },
    otherwise: ['managed-keys.deactivated-reactivate'],
  },
  deactivateManagedKey: ['managed-keys.active-deactivate'],
  rotateManagedKey: ['managed-keys.rotate'],
  compromiseManagedKey: ['managed-keys.compromise'],
  destroyManagedKey: {
    byState: {
      PRE_ACTIVATION: ['managed-keys.preactivation-destroy'],
      ACTIVE: ['managed-keys.active-deactivate', 'managed-keys.deactivated-destroy'],
    },
    otherwise: ['managed-keys.deactivated-destroy'],
  },
  cancelManagedKeyDestruction: ['managed-keys.cancel-destruction'],
  removeManagedKey: ['managed-keys.destroyed-remove', 'managed-keys.delete'],
  syncManagedKey: ['managed-keys.distribute'],
  alignManagedKey: {
    byState: { ACTIVE: ['managed-keys.write', 'managed-keys.active-install', 'managed-keys.active-uninstall'] },
    otherwise: ['managed-keys.write', 'managed-keys.deactivated-install', 'managed-keys.deactivated-uninstall'],
  },

  encrypt: ['managed-keys.encrypt'],
  decrypt: ['managed-keys.decrypt'],
  wrapKey: ['managed-keys.wrap'],
  unwrapKey: ['managed-keys.unwrap'],
  rewrapKey: ['managed-keys.unwrap', 'managed-keys.wrap'],
  sign: ['managed-keys.sign'],
  verify: ['managed-keys.verify'],
  generateMac: ['managed-keys.mac'],
  verifyMac: ['managed-keys.verify'],
  generateRandom: ['random.generate'],

  auditEvents: ['audit.read'],
  auditEventAdded: ['audit.read'],
  auditCheckpoint: ['audit.read'],
  auditInclusionProof: ['audit.read'],
  auditConsistencyProof: ['audit.read'],

  principals: ['iam.read'],
  roles: ['iam.read'],
  roleBindings: ['iam.read'],
  apiKeys: ['iam.read'],
  createPrincipal: ['iam.write'],
  updatePrincipal: ['iam.write'],
  deletePrincipal: ['iam.write'],
  createRole: ['iam.write'],
  updateRole: ['iam.write'],
  deleteRole: ['iam.write'],
  createRoleBinding: ['iam.write'],
  deleteRoleBinding: ['iam.write'],
  createApiKey: ['iam.write'],
  revokeApiKey: ['iam.write'],

  hsm: ['hsm.read'],
  hsmImporters: ['hsm.operate'],
  initialiseMasterKey: ['hsm.operate'],
  loadMasterKeyPart: ['hsm.operate'],
  commitMasterKey: ['hsm.operate'],
  activateMasterKey: ['hsm.operate'],
  clearNewMasterKey: ['hsm.operate'],

  createBackup: ['backups.create'],

  endManagedKeyDestruction: [systemAction],
  eraseImportKey: [systemAction],
} as const satisfies Record<string, readonly RequiredAction[] | NeedsByState>;

export type OperationName = keyof typeof operationPermissions;

/**
 * The actions an operation needs, all of them, given the state of the key concerned.
 *
 * Where they depend on the state and none is given (the key was not found), the answer is what reading the key needs:
 * who may read may know that there is none.
 * @throws EstateError INTERNAL for an operation that is not in the table: nobody may do it.
 */
export function actionsFor(operation: string, state?: KeyState): readonly string[] {
  if (!isOperationName(operation)) throw new EstateError('INTERNAL', { operation });
  const needs: readonly RequiredAction[] | NeedsByState = operationPermissions[operation];
  if (!('byState' in needs)) return needs;
  return state === undefined ? ['managed-keys.read'] : (needs.byState[state] ?? needs.otherwise);
}

/** Whether the table knows the operation. */
export function isOperationName(operation: string): operation is OperationName {
  return Object.hasOwn(operationPermissions, operation);
}

/** Whether a custom role may hold it. */
export function isAction(text: string): text is Action {
  return (actions as readonly string[]).includes(text);
}

/** What changing a key's fields needs on top of `actionsFor('updateManagedKey')`. */
export function keyUpdateActions(changed: { readonly dates: boolean; readonly tags: boolean }): readonly Action[] {
  return [
    ...(changed.dates ? (['managed-keys.write-dates'] as const) : []),
    ...(changed.tags ? (['managed-keys.write-tags'] as const) : []),
  ];
}

/** What moves need that are decided beforehand: the same as by hand. Empty when nothing moves. */
export function actionsForLifecycle({ initialState, lifecyclePolicy }: LifecycleMoves): readonly string[] {
  const { activateOnDate, deactivateOnDate, destroyOnDate } = lifecyclePolicy;
  const needed = [
    ...(initialState === 'ACTIVE' || activateOnDate ? actionsFor('activateManagedKey', 'PRE_ACTIVATION') : []),
    ...(deactivateOnDate ? actionsFor('deactivateManagedKey') : []),
    ...(destroyOnDate ? actionsFor('destroyManagedKey', 'ACTIVE') : []),
  ];
  return [...new Set(needed)];
}

/** What writing a template needs on top of `key-templates.write` when it decides such moves for every key made from it. */
export function templateLifecycleActions(moves: LifecycleMoves): readonly Action[] {
  return actionsForLifecycle(moves).length === 0 ? [] : ['key-templates.write-lifecycle'];
}

/** What making a key needs on top when it is ACTIVE at once, and so is installed in its keystores. */
export const activeFromStartActions: readonly Action[] = ['managed-keys.active-install'];

/** What deleting a keystore needs on top when that ends the use of living copies in it. */
export function keystoreEndActions(ends: { readonly active: boolean; readonly destroys: boolean }): readonly Action[] {
  return [
    ...(ends.active ? (['managed-keys.active-deactivate'] as const) : []),
    ...(ends.destroys ? (['managed-keys.deactivated-destroy'] as const) : []),
  ];
}

/** Where something happens, from the instance down: the instance, a vault, a ring or key in it. */
export type ScopePath = readonly Scope[];

/**
 * Whether the bindings give all of the actions somewhere on the path. A binding reaches everything below its scope;
 * one on the instance reaches all. Bindings to unknown roles give nothing.
 */
export function holds(
  bindings: readonly Pick<RoleBinding, 'roleId' | 'scope'>[],
  customRoles: readonly { readonly id: Id; readonly actions: readonly string[] }[],
  required: readonly string[],
  path: ScopePath,
): boolean {
  const reaching = bindings.filter(
    ({ scope }) => scope.kind === 'INSTANCE' || path.some((place) => place.kind === scope.kind && place.id === scope.id),
  );
  const held = new Set(reaching.flatMap(({ roleId }) => actionsOfRole(roleId, customRoles)));
  return required.every((action) => held.has(action));
}

/** The actions of a built-in or custom role; none for an unknown one. */
export function actionsOfRole(
  roleId: string,
  customRoles: readonly { readonly id: Id; readonly actions: readonly string[] }[],
): readonly string[] {
  if (isBuiltInRole(roleId)) return builtInRoles[roleId].actions;
  return customRoles.find((role) => role.id === roleId)?.actions.filter(isAction) ?? [];
}

/** Whether the id names a built-in role. */
export function isBuiltInRole(roleId: string): roleId is BuiltInRoleId {
  return Object.hasOwn(builtInRoles, roleId);
}

/** Every distinct way in which an operation can be asked for: its name and, where it matters, the key's state. */
export function permissionCases(operation: OperationName): { readonly state: KeyState | undefined; readonly actions: readonly string[] }[] {
  const states = 'byState' in operationPermissions[operation] ? keyStates : [undefined];
  return states.map((state) => ({ state, actions: actionsFor(operation, state) }));
}
