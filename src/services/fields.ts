/** Values for the fields that a keystore type's descriptor defines: its connection and its target attributes. */
import { z } from 'zod';
import type { JsonValue } from '../domain/entity.js';
import type { FieldDescriptor } from '../domain/keystore.js';
import type { Issue } from './invalid-input.js';

/** Fields by name, of the kinds of values that descriptors know; the descriptor checks them after authorisation. */
export const fieldValues = z.record(
  z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, { error: 'must be the name of a field' }),
  z.union([z.string().max(524_288), z.number(), z.boolean(), z.array(z.string().max(255)).max(64), z.null()]),
);
export type FieldValues = z.output<typeof fieldValues>;

/** What is wrong with the values. `null` counts as absent. Messages never hold a value. */
export function fieldIssues(fields: readonly FieldDescriptor[], values: FieldValues, at: string): Issue[] {
  const known = new Set(fields.map(({ name }) => name));
  const unknown = Object.keys(values).filter((name) => !known.has(name));
  return [
    ...unknown.map((name) => ({ path: `${at}.${name}`, message: 'is not a field of this keystore type' })),
    ...fields.flatMap((field) => {
      const message = fieldFault(field, values[field.name] ?? null);
      return message === undefined ? [] : [{ path: `${at}.${field.name}`, message }];
    }),
  ];
}

function fieldFault(field: FieldDescriptor, value: JsonValue): string | undefined {
  if (value === null) return field.required ? 'is required' : undefined;
  return checks[field.type](value, field);
}

type Check = (value: JsonValue, field: FieldDescriptor) => string | undefined;

const checks: Record<FieldDescriptor['type'], Check> = {
  STRING: (value, field) => (typeof value === 'string' ? textFault(value, field) : 'must be text'),
  INTEGER: (value) => (Number.isSafeInteger(value) ? undefined : 'must be a whole number'),
  BOOLEAN: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  ENUM: (value, { values = [] }) => (values.includes(value as string) ? undefined : `must be one of ${values.join(', ')}`),
  ENUM_LIST: (value, { values = [] }) => (isListOf(values, value) ? undefined : `must be a list of different ones of ${values.join(', ')}`),
};

function textFault(value: string, { rule }: FieldDescriptor): string | undefined {
  if (!rule) return undefined;
  if (value.length < rule.min || value.length > rule.max) return `must have ${rule.min} to ${rule.max} characters`;
  return rule.pattern && !rule.pattern.test(value) ? `must be ${rule.form ?? 'of the documented form'}` : undefined;
}

function isListOf(values: readonly string[], value: JsonValue): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return new Set(value).size === value.length && value.every((item) => values.includes(item as string));
}
