/** Which key templates a list shows: the filter's fields, and what each means to the store. */
import { z } from 'zod';
import { algorithmDescriptors, keyAlgorithms } from '../../domain/algorithms.js';
import { EstateError } from '../../domain/errors.js';
import { type KeyTemplate, templateTypes } from '../../domain/template.js';
import type { Where } from '../../store/contract.js';
import { anyOf, id, searchText } from '../rules.js';
import { moment, momentCondition } from '../time-filter.js';

const bits = z.int().min(1).max(1_000_000).optional();

export const keyTemplateFilter = z.strictObject({
  ids: anyOf(id),
  vaultIds: anyOf(id),
  /** The beginning of the name. */
  name: searchText,
  /** Any part of the naming scheme. */
  namingScheme: searchText,
  algorithms: anyOf(z.enum(keyAlgorithms)),
  size: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,100}$/)
    .optional(),
  /** In bits; keys on curves have names for sizes and are in no range. */
  sizeMin: bits,
  sizeMax: bits,
  keystoreTypes: anyOf(z.string().max(64)),
  groups: anyOf(z.string().max(200)),
  types: anyOf(z.enum(templateTypes)),
  states: anyOf(z.enum(['UNARCHIVED', 'ARCHIVED'])),
  createdAt: moment,
  createdAtMin: moment,
  createdAtMax: moment,
  updatedAt: moment,
  updatedAtMin: moment,
  updatedAtMax: moment,
});

type KeyTemplateFilter = z.output<typeof keyTemplateFilter>;
type Conditions = Where<KeyTemplate>;

/**
 * The conditions of all fields but `vaultIds`.
 * @throws EstateError FILTERS_EXCLUSIVE
 */
export function keyTemplateConditions(filter: KeyTemplateFilter): Conditions {
  refuseExclusive(filter);
  const plain: Conditions = {
    state: filter.states ? { in: filter.states } : { ne: 'RETIRED' },
    ...(filter.name === undefined ? {} : { name: { startsWith: filter.name } }),
    ...(filter.namingScheme === undefined ? {} : { namingScheme: { contains: filter.namingScheme } }),
    createdAt: momentCondition(filter.createdAt, filter.createdAtMin, filter.createdAtMax),
    updatedAt: momentCondition(filter.updatedAt, filter.updatedAtMin, filter.updatedAtMax),
  };
  const narrowed = narrow([
    filter.algorithms?.map((algorithm) => ({ key: { contains: jsonField('algorithm', algorithm) } })),
    sizesOf(filter)?.map((size) => ({ key: { contains: jsonField('size', size) } })),
    filter.keystoreTypes?.map((type) => ({ targets: { contains: jsonField('keystoreType', type) } })),
    filter.groups?.map((group) => ({ targets: { contains: jsonField('group', group) } })),
    filter.types?.map((type) => ({ types: { has: type } })),
  ]);
  const byId = { ...(filter.ids && { in: filter.ids }), ...narrowed.id };
  return { ...plain, ...(Object.keys(byId).length > 0 ? { id: byId } : {}) };
}

/** Recipes are stored as JSON text; a quote inside one of its values is escaped and cannot be mistaken for a field's. */
function jsonField(name: string, value: string): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}

/** Templates for which one member of every list holds, as conditions on the id. */
function narrow(lists: readonly (readonly Conditions[] | undefined)[]): Pick<Conditions, 'id'> {
  let narrowed: Pick<Conditions, 'id'> = {};
  for (const members of lists) {
    if (!members) continue;
    const where = { any: members, ...narrowed } as Where<never>;
    narrowed = { id: { within: { noun: 'keyTemplate', field: 'id', where } } };
  }
  return narrowed;
}

function sizesOf({ size, sizeMin, sizeMax }: KeyTemplateFilter): readonly string[] | undefined {
  if (size !== undefined) return [size];
  if (sizeMin === undefined && sizeMax === undefined) return undefined;
  const sizes = new Set(Object.values(algorithmDescriptors).flatMap((row) => row.sizes.map((entry) => entry.size)));
  return [...sizes].filter((name) => Number(name) >= (sizeMin ?? 0) && Number(name) <= (sizeMax ?? Number.MAX_SAFE_INTEGER));
}

function refuseExclusive(filter: KeyTemplateFilter): void {
  for (const field of ['size', 'createdAt', 'updatedAt'] as const) {
    const clashing = ([`${field}Min`, `${field}Max`] as const).filter((bound) => filter[bound] !== undefined);
    if (filter[field] !== undefined && clashing.length > 0) throw new EstateError('FILTERS_EXCLUSIVE', { fields: [field, ...clashing] });
  }
}
