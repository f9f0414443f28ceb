/** Filters by time: a calendar day means the whole of it, and `Min` and `Max` include their bound. */
import { z } from 'zod';
import type { Condition } from '../store/contract.js';
import { date, timestamp } from './rules.js';

export const moment = z.union([date, timestamp], { error: 'must be a calendar day or a time in UTC with milliseconds' }).optional();

/** Times sort as text, so the first and the last millisecond of a day bound it. */
export function momentCondition(exact: string | undefined, min: string | undefined, max: string | undefined): Condition {
  const isDay = (value: string) => value.length === 10;
  const first = (value: string) => (isDay(value) ? `${value}T00:00:00.000Z` : value);
  const last = (value: string) => (isDay(value) ? `${value}T23:59:59.999Z` : value);
  const [from, to] = [exact ?? min, exact ?? max];
  return { ...(from === undefined ? {} : { gte: first(from) }), ...(to === undefined ? {} : { lte: last(to) }) };
}
