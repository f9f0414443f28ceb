/** How a new key gets its label, and its name in the keystores of each target. */
import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { labelRule, type Tag } from '../../domain/managed-key.js';
import { type NamingDates, type NamingScheme, parseNamingScheme, renderName, unknownValues } from '../../domain/naming-scheme.js';
import type { KeyTemplate, TemplateTarget } from '../../domain/template.js';
import type { Estate } from '../estate.js';
import { invalidInput } from '../invalid-input.js';

/** What the caller says of the name. */
export interface NamingInput {
  readonly label?: string | undefined;
  readonly namingValues: readonly Tag[];
}

/** The names of a key, before any keystore is chosen. */
export interface KeyNames {
  readonly label: string;
  /** All placeholders, of the label and of the targets' own schemes, and what they became. */
  readonly labelTags: readonly Tag[];
  /** Target id -> name in the keystores of that target. */
  readonly byTarget: ReadonlyMap<Id, string>;
}

type Recipe = Pick<KeyTemplate, 'namingScheme' | 'targets'>;

/**
 * The given label, or the one that the template's naming scheme makes; and the name for each target.
 * @throws EstateError INPUT_INVALID, NAMING_VALUE_MISSING, NAMING_VALUE_INVALID, NAME_BREAKS_KEYSTORE_RULE
 */
export function nameKey(estate: Pick<Estate, 'keystoreTypes'>, recipe: Recipe, input: NamingInput, dates: NamingDates): KeyNames {
  const values = Object.fromEntries(input.namingValues.map(({ name, value }) => [name, value]));
  const labelScheme = input.label === undefined ? schemeOfLabel(recipe) : undefined;
  const targetSchemes = recipe.targets.map(({ namingScheme }) => (namingScheme === null ? undefined : parseNamingScheme(namingScheme)));
  refuseUnknownValues([labelScheme, ...targetSchemes], values);
  const fromScheme = labelScheme && renderName(labelScheme, values, dates);
  const label = fromScheme?.name ?? input.label ?? '';
  refuseLabel(label);
  const tags = new Map(fromScheme?.labelTags.map(({ name, value }) => [name, value]));
  const byTarget = new Map(
    recipe.targets.map((target, index) => {
      const scheme = targetSchemes[index];
      const rendered = scheme && renderName(scheme, values, dates);
      for (const { name, value } of rendered?.labelTags ?? []) tags.set(name, value);
      return [target.id, rendered?.name ?? label];
    }),
  );
  for (const target of recipe.targets) refuseNameInKeystore(estate, target, byTarget.get(target.id) ?? label);
  return { label, labelTags: [...tags].map(([name, value]) => ({ name, value })), byTarget };
}

/** The name a key has in the keystores of a target: by the target's own scheme with the values the key was made with, else the label. */
export function nameAtTarget(target: TemplateTarget, label: string, labelTags: readonly Tag[]): string {
  if (target.namingScheme === null) return label;
  const values = new Map(labelTags.map(({ name, value }) => [name, value]));
  const parts = parseNamingScheme(target.namingScheme).parts.map((part) => (part.kind === 'TEXT' ? part.text : values.get(part.name)));
  if (parts.includes(undefined))
    throw new EstateError('CANNOT_ALIGN', { reason: 'the naming scheme of a target has a placeholder that the key has no value for' });
  return parts.join('');
}

/** @throws EstateError NAME_BREAKS_KEYSTORE_RULE with the type, the target and the rule in words */
export function refuseNameInKeystore({ keystoreTypes }: Pick<Estate, 'keystoreTypes'>, target: TemplateTarget, name: string): void {
  const { type, keyNameRule: rule } = keystoreTypes.driver(target.keystoreType).descriptor;
  const fits = name.length >= rule.min && name.length <= rule.max && (rule.pattern?.test(name) ?? true);
  if (fits) return;
  const details = { keystoreType: type, group: target.group, min: rule.min, max: rule.max, form: rule.form ?? null };
  throw new EstateError('NAME_BREAKS_KEYSTORE_RULE', details);
}

/** Whether the label was made by the template's scheme; such labels are never changed. */
export function isLabelFromScheme(template: Pick<KeyTemplate, 'namingScheme'>, label: string, labelTags: readonly Tag[]): boolean {
  if (template.namingScheme === null) return false;
  const values = new Map(labelTags.map(({ name, value }) => [name, value]));
  const parts = parseNamingScheme(template.namingScheme).parts.map((part) => (part.kind === 'TEXT' ? part.text : values.get(part.name)));
  return parts.join('') === label;
}

function schemeOfLabel({ namingScheme }: Recipe): NamingScheme {
  if (namingScheme === null) throw invalidInput({ path: 'label', message: 'is required, since the template has no naming scheme' });
  return parseNamingScheme(namingScheme);
}

function refuseUnknownValues(schemes: readonly (NamingScheme | undefined)[], values: Readonly<Record<string, string>>): void {
  const unknown = unknownValues(
    schemes.filter((scheme) => scheme !== undefined),
    values,
  );
  if (unknown.length > 0) throw invalidInput({ path: 'namingValues', message: 'holds values for placeholders that no naming scheme has' });
}

function refuseLabel(label: string): void {
  const { min, max, pattern, form } = labelRule;
  if (label.length >= min && label.length <= max && pattern?.test(label)) return;
  throw invalidInput({ path: 'label', message: `must be ${min} to ${max} ${form}` });
}
