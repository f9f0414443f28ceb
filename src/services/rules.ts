/** Input schemas that several operations share, made from the domain's rules. */
import { z } from 'zod';
import { descriptionRule, type TextRule } from '../domain/entity.js';
import { isIsoDate, isTimestamp } from '../domain/time.js';

/** Text within a rule; the message names the rule and never the value. */
export function text(rule: TextRule) {
  const bounded = z.string().min(rule.min).max(rule.max);
  return rule.pattern ? bounded.regex(rule.pattern, { error: `must be ${rule.form ?? 'of the documented form'}` }) : bounded;
}

export const id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, { error: 'must be a UUID in lower case' });
export const description = text(descriptionRule);
export const revision = z.int().min(1);
/** Place of an event in the audit log, or a number of events. */
export const logPosition = z.int().min(0);
export const date = z.string().refine(isIsoDate, { error: 'must be a calendar day, YYYY-MM-DD' });
export const timestamp = z
  .string()
  .refine(isTimestamp, { error: 'must be a time in UTC with milliseconds, like 2030-01-31T12:00:00.000Z' });
export const bytes = (max: number) =>
  z.instanceof(Uint8Array).refine((value) => value.length <= max, { error: `must be at most ${max} bytes` });
/** Any number of filter values, as many as one page may hold. */
export const anyOf = <T extends z.ZodType>(value: T) => z.array(value).max(500).optional();
/** Text that a list is searched for. */
export const searchText = z.string().min(1).max(255).optional();
/** Cursor paging: `first` with `after`, or `last` with `before`. */
export const paging = {
  first: z.int().min(1).max(500).optional(),
  after: z.string().max(4096).optional(),
  last: z.int().min(1).max(500).optional(),
  before: z.string().max(4096).optional(),
};
/** Sort keys in order of weight, by field name. */
export const sorting = <const Field extends string>(fields: readonly [Field, ...Field[]]) =>
  z
    .array(z.strictObject({ field: z.enum(fields), descending: z.boolean().default(false) }))
    .max(4)
    .optional();
