/** A key against its template: where its targets lead, what differs, and what aligning would change. */
import { canonicalJson } from './canonical-json.js';
import type { Id, JsonValue } from './entity.js';
import { isBeingDestroyed } from './key-state.js';
import type { Keystore } from './keystore.js';
import type { KeyInstance, ManagedKey } from './managed-key.js';
import { parseNamingScheme, placeholdersOf } from './naming-scheme.js';
import { ownSettings, type Settings, settingFields, settingsOf } from './own-settings.js';
import type { KeyTemplate, TemplateTarget } from './template.js';

/** What of a keystore decides whether a target selects it. */
export type TargetableKeystore = Pick<Keystore, 'id' | 'type' | 'name' | 'groups' | 'state'>;

/** A keystore that a key shall be in, and the target that asks for it. */
export interface SelectedKeystore<K extends TargetableKeystore = TargetableKeystore> {
  readonly target: TemplateTarget;
  readonly keystore: K;
}

/** The groups a keystore carries: without any given, its own name is its group. */
export function groupsOf(keystore: Pick<TargetableKeystore, 'name' | 'groups'>): readonly string[] {
  return keystore.groups.length === 0 ? [keystore.name] : keystore.groups;
}

/**
 * The keystores of a vault that targets select: of the target's type, and carrying its group. Retired ones are left
 * out. A keystore that several targets select counts once, for the first of them.
 */
export function targetKeystores<K extends TargetableKeystore>(
  targets: readonly TemplateTarget[],
  keystores: readonly K[],
): SelectedKeystore<K>[] {
  const selected = new Map<Id, SelectedKeystore<K>>();
  for (const target of targets) {
    for (const keystore of keystores) {
      const isMeant = keystore.state === 'ACTIVE' && keystore.type === target.keystoreType && groupsOf(keystore).includes(target.group);
      if (isMeant && !selected.has(keystore.id)) selected.set(keystore.id, { target, keystore });
    }
  }
  return [...selected.values()];
}

export const alignmentStatuses = ['ALIGNED', 'UNALIGNED'] as const;
export type AlignmentStatus = (typeof alignmentStatuses)[number];

export const alignmentFields = [
  'TEMPLATE_VERSION',
  'ALGORITHM',
  'SIZE',
  'DEACTIVATE_ON_ROTATION',
  'ROTATION_POLICY',
  'LIFECYCLE_POLICY',
  'TARGET_ADDED',
  'TARGET_REMOVED',
  'TARGET_CHANGED',
  'KEYSTORE_ADDED',
  'KEYSTORE_REMOVED',
] as const;
export type AlignmentField = (typeof alignmentFields)[number];

/** One way in which a key differs from its template. */
export interface AlignmentDifference {
  readonly field: AlignmentField;
  readonly keystoreId?: Id;
  /** Type and group of the target concerned, `aws:production`. */
  readonly target?: string;
}

export const alignmentObstacles = [
  'TEMPLATE_ARCHIVED',
  'KEY_STATE',
  'ALGORITHM_CHANGED',
  'TARGET_CHANGED',
  'NAMING_VALUE_MISSING',
] as const;
/**
 * Why a key cannot be aligned. `KEY_STATE`: only active and deactivated keys can. `TARGET_CHANGED`: naming scheme or
 * attributes of a target changed, which copies that exist cannot follow. `NAMING_VALUE_MISSING`: a new target's naming
 * scheme needs a value that the key was made without.
 */
export type AlignmentObstacle = (typeof alignmentObstacles)[number];

export interface Alignment {
  readonly status: AlignmentStatus;
  readonly differences: readonly AlignmentDifference[];
  readonly canAlign: boolean;
  /** The first obstacle; `null` when the key can be aligned or is. */
  readonly reason: AlignmentObstacle | null;
}

export type AlignableKey = Pick<
  ManagedKey,
  | 'state'
  | 'destroyAt'
  | 'templateVersion'
  | 'algorithm'
  | 'size'
  | 'labelTags'
  | 'targets'
  | 'deactivateOnRotation'
  | 'rotationPolicy'
  | 'lifecyclePolicy'
  | 'ownSettings'
>;
export type AlignableTemplate = Pick<KeyTemplate, 'state' | 'version' | 'key' | 'targets'>;
/** Where the key is now; instances without a target have left its distribution. */
export type PlacedInstance = Pick<KeyInstance, 'keystoreId' | 'targetId'>;

/**
 * Compares a key with its template and the keystores of its vault. Settings of the key's own are no difference. Keys
 * that are being destroyed are always aligned.
 */
export function alignmentOf(
  key: AlignableKey,
  template: AlignableTemplate,
  keystores: readonly TargetableKeystore[],
  instances: readonly PlacedInstance[],
): Alignment {
  const differences = isBeingDestroyed(key)
    ? []
    : [...propertyDifferences(key, template), ...targetDifferences(key, template), ...placementDifferences(template, keystores, instances)];
  if (differences.length === 0) return { status: 'ALIGNED', differences, canAlign: false, reason: null };
  const reason = obstacleOf(key, template, differences);
  return { status: 'UNALIGNED', differences, canAlign: reason === null, reason };
}

/** The same for whoever may not know of keystores: neither which there are, nor how many, nor where templates lead. */
export function withoutPlaces(alignment: Alignment): Alignment {
  const fields = new Set(alignment.differences.map(({ field }) => field));
  return { ...alignment, differences: [...fields].map((field) => ({ field })) };
}

function propertyDifferences(key: AlignableKey, template: AlignableTemplate): AlignmentDifference[] {
  const compared: readonly (readonly [AlignmentField, unknown, unknown])[] = [
    ['TEMPLATE_VERSION', key.templateVersion, template.version],
    ['ALGORITHM', key.algorithm, template.key.algorithm],
    ['SIZE', key.size, template.key.size],
    ...followedSettings(key).map((setting) => [setting, key[settingFields[setting]], template.key[settingFields[setting]]] as const),
  ];
  return compared.flatMap(([field, has, wants]) => (isSame(has, wants) ? [] : [{ field }]));
}

function followedSettings(key: Pick<ManagedKey, 'ownSettings'>) {
  return ownSettings.filter((setting) => !key.ownSettings.includes(setting));
}

function targetDifferences(key: AlignableKey, template: AlignableTemplate): AlignmentDifference[] {
  const has = new Map(key.targets.map((target) => [targetName(target), target]));
  const wants = new Map(template.targets.map((target) => [targetName(target), target]));
  const added = [...wants.keys()].filter((name) => !has.has(name)).map((target) => ({ field: 'TARGET_ADDED' as const, target }));
  const removed = [...has.keys()].filter((name) => !wants.has(name)).map((target) => ({ field: 'TARGET_REMOVED' as const, target }));
  const changed = [...has].flatMap(([name, target]) => {
    const other = wants.get(name);
    return other && !isSameTarget(target, other) ? [{ field: 'TARGET_CHANGED' as const, target: name }] : [];
  });
  return [...added, ...removed, ...changed];
}

function placementDifferences(
  template: AlignableTemplate,
  keystores: readonly TargetableKeystore[],
  instances: readonly PlacedInstance[],
): AlignmentDifference[] {
  const { added, removed } = placementChanges(template, keystores, instances);
  return [
    ...added.map(({ keystore }) => ({ field: 'KEYSTORE_ADDED' as const, keystoreId: keystore.id })),
    ...removed.map((keystoreId) => ({ field: 'KEYSTORE_REMOVED' as const, keystoreId })),
  ];
}

/** What aligning changes: fields of the key, keystores it goes to (or comes back to), and those it leaves. */
export interface AlignmentPlan<K extends TargetableKeystore = TargetableKeystore> {
  readonly key: Pick<ManagedKey, 'templateVersion' | 'targets'> & Partial<Settings>;
  readonly added: readonly SelectedKeystore<K>[];
  /** Keystores that stay, with the template's target that now asks for them. */
  readonly kept: readonly SelectedKeystore<K>[];
  readonly removed: readonly Id[];
}

/** What aligning would change, which never is a setting of the key's own; whether it may is `alignmentOf`'s answer. */
export function alignmentPlan<K extends TargetableKeystore>(
  key: Pick<AlignableKey, 'ownSettings'>,
  template: AlignableTemplate,
  keystores: readonly K[],
  instances: readonly PlacedInstance[],
): AlignmentPlan<K> {
  const { version: templateVersion, targets } = template;
  const fields = { templateVersion, targets, ...settingsOf(template.key, followedSettings(key)) };
  return { key: fields, ...placementChanges(template, keystores, instances) };
}

function placementChanges<K extends TargetableKeystore>(
  template: AlignableTemplate,
  keystores: readonly K[],
  instances: readonly PlacedInstance[],
) {
  const placed = new Set(instances.filter(({ targetId }) => targetId !== null).map(({ keystoreId }) => keystoreId));
  const wanted = targetKeystores(template.targets, keystores);
  const wantedIds = new Set(wanted.map(({ keystore }) => keystore.id));
  return {
    added: wanted.filter(({ keystore }) => !placed.has(keystore.id)),
    kept: wanted.filter(({ keystore }) => placed.has(keystore.id)),
    removed: [...placed].filter((keystoreId) => !wantedIds.has(keystoreId)),
  };
}

function obstacleOf(key: AlignableKey, template: AlignableTemplate, differences: readonly AlignmentDifference[]): AlignmentObstacle | null {
  const differsIn = (...fields: readonly AlignmentField[]) => differences.some(({ field }) => fields.includes(field));
  if (template.state === 'ARCHIVED') return 'TEMPLATE_ARCHIVED';
  if (differsIn('ALGORITHM', 'SIZE')) return 'ALGORITHM_CHANGED';
  if (differsIn('TARGET_CHANGED')) return 'TARGET_CHANGED';
  if (needsUnknownValue(key, template)) return 'NAMING_VALUE_MISSING';
  return key.state === 'ACTIVE' || key.state === 'DEACTIVATED' ? null : 'KEY_STATE';
}

/** The values a key was made with stand in its label tags. */
function needsUnknownValue(key: AlignableKey, template: AlignableTemplate): boolean {
  const known = new Set(key.labelTags.map(({ name }) => name));
  const schemes = template.targets.flatMap(({ namingScheme }) => (namingScheme === null ? [] : [parseNamingScheme(namingScheme)]));
  return schemes.flatMap(placeholdersOf).some(({ name, kind }) => kind === 'CUSTOM' && !known.has(name));
}

function targetName({ keystoreType, group }: TemplateTarget): string {
  return `${keystoreType}:${group}`;
}

function isSameTarget(a: TemplateTarget, b: TemplateTarget): boolean {
  return a.namingScheme === b.namingScheme && isSame(a.attributes, b.attributes);
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a as JsonValue) === canonicalJson(b as JsonValue);
}
