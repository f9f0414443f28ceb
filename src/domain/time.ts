/** Arithmetic on times and calendar days. No clock here: `now` always comes from the caller. */
import type { PlainDate, TextRule, Timestamp } from './entity.js';
import { EstateError } from './errors.js';

const millisecondsPerDay = 86_400_000;

/** The time so many seconds later (or earlier, when negative). */
export function addSeconds(time: Timestamp, seconds: number): Timestamp {
  return timestampOf(Date.parse(time) + seconds * 1000);
}

/** The time so many days of 24 hours later. */
export function addDays(time: Timestamp, days: number): Timestamp {
  return timestampOf(Date.parse(time) + days * millisecondsPerDay);
}

/** Negative when `a` is earlier, 0 when they are the same, positive when `a` is later. */
export function compareTimes(a: Timestamp, b: Timestamp): number {
  return Date.parse(a) - Date.parse(b);
}

/** The later of two times. */
export function later(a: Timestamp, b: Timestamp): Timestamp {
  return compareTimes(a, b) < 0 ? b : a;
}

/** Seconds from one time to another; negative when the second is earlier. */
export function secondsBetween(from: Timestamp, to: Timestamp): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** The calendar day of a time, in UTC. */
export function dayOf(time: Timestamp): PlainDate {
  return time.slice(0, 10);
}

/** Midnight UTC at which a day begins. */
export function startOfDay(date: PlainDate): Timestamp {
  return `${date}T00:00:00.000Z`;
}

/** Whether text is a timestamp in the form kyok stores: UTC with milliseconds, and an instant that exists. */
export function isTimestamp(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(text) && isIso(text, text);
}

/** Whether text is a calendar day that exists, `YYYY-MM-DD`. */
export function isIsoDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && isIso(text, `${text}T00:00:00.000Z`);
}

function isIso(text: string, time: string): boolean {
  const instant = new Date(time);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

/** An ISO 8601 period of whole days: `P1Y`, `P5Y1M1W2D`. */
export interface Period {
  readonly years: number;
  readonly months: number;
  readonly weeks: number;
  readonly days: number;
}

const periodForm = /^P(?=\d)(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,5})D)?$/;

export const periodRule: TextRule = {
  min: 3,
  max: 100,
  pattern: periodForm,
  form: 'an ISO 8601 period of years, months, weeks and days, for example P1Y6M',
};

/** Reads a period. @throws EstateError INPUT_INVALID */
export function parsePeriod(text: string): Period {
  const match = periodForm.exec(text);
  if (!match) throw invalid(`must be ${periodRule.form}`);
  const [years = 0, months = 0, weeks = 0, days = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return { years, months, weeks, days };
}

/** Whether text is a period that `parsePeriod` reads. */
export function isPeriod(text: string): boolean {
  return periodForm.test(text);
}

/**
 * The day after a period: years and months first, where a day that the month lacks becomes its last one; then weeks and days.
 * @throws EstateError INPUT_INVALID for what is no period, or leads beyond the year 9999.
 */
export function addPeriod(date: PlainDate, period: string): PlainDate {
  const { years, months, weeks, days } = parsePeriod(period);
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const monthIndex = year * 12 + (month - 1) + years * 12 + months;
  const [newYear, newMonth] = [Math.floor(monthIndex / 12), monthIndex % 12];
  const clampedDay = Math.min(day, daysInMonth(newYear, newMonth));
  return dayOf(timestampOf(utc(newYear, newMonth, clampedDay) + (weeks * 7 + days) * millisecondsPerDay));
}

function daysInMonth(year: number, monthIndex: number): number {
  return new Date(utc(year, monthIndex + 1, 0)).getUTCDate();
}

/** Unlike Date.UTC, takes the years 0 to 99 as they are. */
function utc(year: number, monthIndex: number, day: number): number {
  return new Date(0).setUTCFullYear(year, monthIndex, day);
}

function timestampOf(milliseconds: number): Timestamp {
  const instant = new Date(milliseconds);
  if (Number.isNaN(instant.getTime()) || instant.getUTCFullYear() > 9999 || instant.getUTCFullYear() < 0) {
    throw invalid('must lead to a day before the year 10000');
  }
  return instant.toISOString();
}

function invalid(message: string): EstateError {
  return new EstateError('INPUT_INVALID', { issues: [{ path: '', message }] });
}
