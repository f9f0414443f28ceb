/** Which managed keys a list shows: the filter's fields, and what each means to the store. */
import { z } from 'zod';
import { algorithmDescriptors, keyAlgorithms } from '../../domain/algorithms.js';
import { alignmentStatuses } from '../../domain/alignment.js';
import { EstateError } from '../../domain/errors.js';
import { keyStates } from '../../domain/key-state.js';
import { labelRule, type ManagedKey, tagNameRule, tagValueRule } from '../../domain/managed-key.js';
import { syncFlags } from '../../domain/sync-state.js';
import { templateTypes } from '../../domain/template.js';
import type { Condition, Where } from '../../store/contract.js';
import type { Access } from '../access.js';
import { anyOf, date, id, searchText, text } from '../rules.js';
import { moment, momentCondition } from '../time-filter.js';
import { visibleVaults } from '../visible.js';

const day = date.optional();
const bits = z.int().min(1).max(1_000_000).optional();

/** A day means the whole of it; `Min` and `Max` include their bound. Texts compare without regard to case. */
export const managedKeyFilter = z.strictObject({
  ids: anyOf(id),
  vaultIds: anyOf(id),
  algorithms: anyOf(z.enum(keyAlgorithms)),
  /** Without it: PRE_ACTIVATION and ACTIVE, unless ids are given. */
  states: anyOf(z.enum(keyStates)),
  /** Any part of the label. */
  label: text({ ...labelRule, form: 'part of a label' }).optional(),
  activationDate: day,
  activationDateMin: day,
  activationDateMax: day,
  expirationDate: day,
  expirationDateMin: day,
  expirationDateMax: day,
  createdAt: moment,
  createdAtMin: moment,
  createdAtMax: moment,
  updatedAt: moment,
  updatedAtMin: moment,
  updatedAtMax: moment,
  rotatedAtMin: moment,
  rotatedAtMax: moment,
  size: z.string().max(100).optional(),
  /** In bits; keys on curves have names for sizes and are in no range. */
  sizeMin: bits,
  sizeMax: bits,
  keystoreTypes: anyOf(z.string().max(100)),
  keystoreNames: anyOf(z.string().max(100)),
  keystoreIds: anyOf(id),
  syncFlags: anyOf(z.enum(syncFlags)),
  /** The beginning of the template's name. */
  templateName: searchText,
  templateIds: anyOf(id),
  templateTypes: anyOf(z.enum(templateTypes)),
  alignmentStatuses: anyOf(z.enum(alignmentStatuses)),
  tagName: text(tagNameRule).optional(),
  tagValue: text(tagValueRule).optional(),
});

export type ManagedKeyFilter = z.output<typeof managedKeyFilter>;

const exclusives = ['activationDate', 'expirationDate', 'createdAt', 'updatedAt', 'size'] as const;

/** @throws EstateError FILTERS_EXCLUSIVE when a value and a range of the same field are both given. */
export function refuseExclusiveFilters(filter: ManagedKeyFilter): void {
  for (const field of exclusives) {
    const range = [`${field}Min`, `${field}Max`] as const;
    const clashing = range.filter((bound) => filter[bound] !== undefined);
    if (filter[field] !== undefined && clashing.length > 0) throw new EstateError('FILTERS_EXCLUSIVE', { fields: [field, ...clashing] });
  }
}

type KeyConditions = { readonly [F in keyof ManagedKey]?: Condition };

/**
 * The conditions of all fields but `vaultIds` and `alignmentStatuses`, which need more than the store to answer. What
 * templates and keystores are like is asked only of those the caller may list: a filter would tell it as well.
 */
export function managedKeyConditions(access: Access, filter: ManagedKeyFilter): KeyConditions {
  const states = filter.states ?? (filter.ids ? undefined : (['PRE_ACTIVATION', 'ACTIVE'] as const));
  return dropEmpty({
    id: { ...isIn(filter.ids), ...instanceCondition(access, filter) },
    algorithm: isIn(filter.algorithms),
    state: isIn(states),
    label: filter.label === undefined ? {} : { contains: filter.label },
    activationDate: dayCondition(filter.activationDate, filter.activationDateMin, filter.activationDateMax),
    expirationDate: dayCondition(filter.expirationDate, filter.expirationDateMin, filter.expirationDateMax),
    createdAt: momentCondition(filter.createdAt, filter.createdAtMin, filter.createdAtMax),
    updatedAt: momentCondition(filter.updatedAt, filter.updatedAtMin, filter.updatedAtMax),
    rotatedAt: momentCondition(undefined, filter.rotatedAtMin, filter.rotatedAtMax),
    size: sizeCondition(filter),
    templateId: { ...isIn(filter.templateIds), ...templateCondition(access, filter) },
    tags: tagCondition(filter),
  });
}

function isIn(values: readonly unknown[] | undefined): Condition {
  return values === undefined ? {} : { in: values };
}

function dayCondition(exact: string | undefined, min: string | undefined, max: string | undefined): Condition {
  return {
    ...(exact === undefined ? {} : { eq: exact }),
    ...(min === undefined ? {} : { gte: min }),
    ...(max === undefined ? {} : { lte: max }),
  };
}

function sizeCondition({ size, sizeMin, sizeMax }: ManagedKeyFilter): Condition {
  if (size !== undefined) return { eq: size };
  if (sizeMin === undefined && sizeMax === undefined) return {};
  const sizes = new Set(Object.values(algorithmDescriptors).flatMap((row) => row.sizes.map((entry) => entry.size)));
  // Names of curves are no numbers, and NaN is in no range.
  return { in: [...sizes].filter((name) => Number(name) >= (sizeMin ?? 0) && Number(name) <= (sizeMax ?? Number.MAX_SAFE_INTEGER)) };
}

/** Keys with a copy in such a keystore, and with such a sync flag there. */
function instanceCondition(access: Access, filter: ManagedKeyFilter): Condition {
  const keystoreWhere = dropEmpty({ type: isIn(filter.keystoreTypes), name: isIn(filter.keystoreNames) });
  const keystoreId: Condition = {
    ...isIn(filter.keystoreIds),
    ...(isEmpty(keystoreWhere)
      ? {}
      : { within: { noun: 'keystore', field: 'id', where: { ...keystoreWhere, ...visibleVaults(access, 'keystores') } } }),
  };
  const where = dropEmpty({ keystoreId, syncFlag: isIn(filter.syncFlags) });
  return isEmpty(where) ? {} : { within: { noun: 'keyInstance', field: 'managedKeyId', where } };
}

function templateCondition(access: Access, { templateName, templateTypes: types }: ManagedKeyFilter): Condition {
  const where = {
    ...(templateName === undefined ? {} : { name: { startsWith: templateName } }),
    ...(types === undefined ? {} : { any: types.map((type) => ({ types: { has: type } })) }),
  };
  if (isEmpty(where)) return {};
  const visible = { ...where, ...visibleVaults(access, 'keyTemplates') };
  return { within: { noun: 'keyTemplate', field: 'id', where: visible as Where<never> } };
}

/** Tags are stored as JSON in this very order of fields, and neither names nor values can hold a quote. */
function tagCondition({ tagName, tagValue }: ManagedKeyFilter): Condition {
  if (tagName === undefined) return tagValue === undefined ? {} : { contains: `"value":${JSON.stringify(tagValue)}}` };
  const begin = `{"name":${JSON.stringify(tagName)},"value":`;
  return { contains: tagValue === undefined ? begin : `${begin}${JSON.stringify(tagValue)}}` };
}

function dropEmpty<T extends Readonly<Record<string, Condition>>>(conditions: T): Partial<T> {
  return Object.fromEntries(Object.entries(conditions).filter(([, condition]) => !isEmpty(condition))) as Partial<T>;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
