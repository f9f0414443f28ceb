/** What a key template says keys are and where they go, as inputs take it, and checked against the keystore types. */
import { z } from 'zod';
import { keyAlgorithms, sizeDescriptor, supportedSizes } from '../../domain/algorithms.js';
import type { JsonObject } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import { groupRule, type KeystoreTypeDescriptor } from '../../domain/keystore.js';
import { exampleName, parseNamingScheme } from '../../domain/naming-scheme.js';
import { maxTargets, type TemplateKey, type TemplateTarget } from '../../domain/template.js';
import { addPeriod, dayOf, periodRule } from '../../domain/time.js';
import type { Estate } from '../estate.js';
import { fieldIssues, fieldValues } from '../fields.js';
import { requireKeySpec } from '../hsm/capabilities.js';
import { invalidInput } from '../invalid-input.js';
import { text } from '../rules.js';

const period = text(periodRule).nullable();
const rotationPolicy = z.strictObject({ intervalDays: z.int().min(1).max(36_500) }).nullable();
const lifecyclePolicy = z.strictObject({
  activateOnDate: z.boolean().default(false),
  deactivateOnDate: z.boolean().default(false),
  destroyOnDate: z.boolean().default(false),
});
const size = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, { error: 'must be a number of bits or the name of a curve' });
const initialState = z.enum(['PRE_ACTIVATION', 'ACTIVE']);
const planningOnly = { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false };

/** The naming scheme's form is read by the domain, which says where it fails. */
export const namingScheme = z.string().min(1).max(255).nullable();

export const templateKey = z.strictObject({
  algorithm: z.enum(keyAlgorithms),
  size,
  activationPeriod: period.default(null),
  expirationPeriod: period.default(null),
  initialState: initialState.default('ACTIVE'),
  deactivateOnRotation: z.boolean().default(false),
  rotationPolicy: rotationPolicy.default(null),
  lifecyclePolicy: lifecyclePolicy.default(planningOnly),
});

/** The algorithm of a template never changes. */
export const templateKeyChanges = z.strictObject({
  size: size.optional(),
  activationPeriod: period.optional(),
  expirationPeriod: period.optional(),
  initialState: initialState.optional(),
  deactivateOnRotation: z.boolean().optional(),
  rotationPolicy: rotationPolicy.optional(),
  lifecyclePolicy: lifecyclePolicy.optional(),
});

export const templateTargets = z
  .array(
    z.strictObject({
      keystoreType: z.string().min(1).max(64),
      group: text(groupRule),
      namingScheme: namingScheme.default(null),
      attributes: fieldValues.default({}),
    }),
  )
  .min(1)
  .max(maxTargets)
  .refine((targets) => new Set(targets.map(placeOf)).size === targets.length, { error: 'must differ in keystore type or group' });

export type TargetInput = z.output<typeof templateTargets>[number];

/** The parts of a key template that decide about keys. */
export interface Recipe {
  readonly namingScheme: string | null;
  readonly key: TemplateKey;
  readonly targets: readonly TemplateTarget[];
}

/**
 * The recipe with ids for its targets, if keys can be made from it. Groups that no keystore carries yet are fine.
 * @param earlier targets that keep their id where keystore type and group are the same
 * @throws EstateError ALGORITHM_UNKNOWN, KEYSTORE_TYPE_UNKNOWN, ALGORITHM_NOT_SUPPORTED_BY_KEYSTORE, NAMING_SCHEME_INVALID,
 * NAME_BREAKS_KEYSTORE_RULE, INPUT_INVALID
 */
export function checkedRecipe(
  estate: Pick<Estate, 'hsm' | 'keystoreTypes' | 'newId' | 'now'>,
  input: { readonly namingScheme: string | null; readonly key: TemplateKey; readonly targets: readonly TargetInput[] },
  earlier: readonly TemplateTarget[] = [],
): Recipe {
  const { key } = input;
  if (!sizeDescriptor(key)) throw new EstateError('ALGORITHM_UNKNOWN', { supported: supportedSizes() });
  requireKeySpec(estate.hsm, key);
  refuseEndlessPeriods(estate, key);
  if (input.namingScheme !== null) parseNamingScheme(input.namingScheme);
  const idOf = new Map(earlier.map((target) => [placeOf(target), target.id]));
  const targets = input.targets.map((target, position) => {
    const { descriptor } = estate.keystoreTypes.driver(target.keystoreType);
    refuseUnsupported(descriptor, key);
    refuseUnfitName(descriptor, target.namingScheme ?? input.namingScheme);
    return { id: idOf.get(placeOf(target)) ?? estate.newId(), ...target, attributes: checkedAttributes(descriptor, target, position) };
  });
  return { namingScheme: input.namingScheme, key, targets };
}

function placeOf({ keystoreType, group }: Pick<TemplateTarget, 'keystoreType' | 'group'>): string {
  return JSON.stringify([keystoreType, group]);
}

function refuseEndlessPeriods(estate: Pick<Estate, 'now'>, { activationPeriod, expirationPeriod }: TemplateKey): void {
  try {
    const activation = addPeriod(dayOf(estate.now()), activationPeriod ?? 'P0D');
    addPeriod(activation, expirationPeriod ?? 'P0D');
  } catch {
    throw invalidInput({ path: 'key.expirationPeriod', message: 'must lead to a day before the year 10000' });
  }
}

function refuseUnsupported({ type, algorithms }: KeystoreTypeDescriptor, key: TemplateKey): void {
  const isSupported = algorithms.some(({ algorithm, sizes }) => algorithm === key.algorithm && sizes.includes(key.size));
  if (!isSupported) throw new EstateError('ALGORITHM_NOT_SUPPORTED_BY_KEYSTORE', { keystoreType: type, supported: algorithms });
}

/** Values of placeholders come later; the scheme's own text and its least length can be checked now. */
function refuseUnfitName({ type, keyNameRule }: KeystoreTypeDescriptor, scheme: string | null): void {
  if (scheme === null) return;
  const example = exampleName(parseNamingScheme(scheme));
  const isFit = example.length <= keyNameRule.max && (keyNameRule.pattern?.test(example) ?? true);
  if (!isFit) throw new EstateError('NAME_BREAKS_KEYSTORE_RULE', { keystoreType: type, rule: ruleInWords(keyNameRule) });
}

function ruleInWords({ min, max, form }: KeystoreTypeDescriptor['keyNameRule']): string {
  return `${min} to ${max} characters${form === undefined ? '' : `: ${form}`}`;
}

function checkedAttributes({ targetAttributes }: KeystoreTypeDescriptor, { attributes }: TargetInput, position: number): JsonObject {
  const issues = fieldIssues(targetAttributes, attributes, `targets.${position}.attributes`);
  if (issues.length > 0) throw invalidInput(...issues);
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}
