/** Input schemas that several operations share, made from the domain's rules. */
import { z } from 'zod';
import { descriptionRule, type TextRule } from '../domain/entity.js';
import { isIsoDate } from '../domain/time.js';

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
export const date = z.string().refine(isIsoDate, { error: 'must be a calendar day, YYYY-MM-DD' });
export const bytes = (max: number) =>
  z.instanceof(Uint8Array).refine((value) => value.length <= max, { error: `must be at most ${max} bytes` });
/** Cursor paging: `first` with `after`, or `last` with `before`. */
export const paging = {
  first: z.int().min(1).max(500).optional(),
  after: z.string().max(4096).optional(),
  last: z.int().min(1).max(500).optional(),
  before: z.string().max(4096).optional(),
};
