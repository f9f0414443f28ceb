/**
 * Naming schemes: fixed text with `<placeholders>` that make a key's name. Custom placeholders take their value when
 * the key is created; the others say when it was created or when it expires.
 */
import type { PlainDate, TextRule } from './entity.js';
import { EstateError } from './errors.js';

/** What a system placeholder stands for. */
type DatePart = 'EXPIRY_YEAR' | 'EXPIRY_YEAR_SHORT' | 'EXPIRY_MONTH' | 'CREATION_YEAR' | 'CREATION_YEAR_SHORT' | 'CREATION_MONTH';

/** Every way to write a system placeholder. */
export const systemPlaceholders = {
  lastActiveYear: 'EXPIRY_YEAR',
  lay: 'EXPIRY_YEAR',
  'lastActiveYear/yyyy': 'EXPIRY_YEAR',
  'lay/yyyy': 'EXPIRY_YEAR',
  'lastActiveYear/4': 'EXPIRY_YEAR',
  'lay/4': 'EXPIRY_YEAR',
  'lastActiveYear/yy': 'EXPIRY_YEAR_SHORT',
  'lay/yy': 'EXPIRY_YEAR_SHORT',
  'lastActiveYear/2': 'EXPIRY_YEAR_SHORT',
  'lay/2': 'EXPIRY_YEAR_SHORT',
  lastActiveMonth: 'EXPIRY_MONTH',
  lam: 'EXPIRY_MONTH',
  yyyy: 'CREATION_YEAR',
  yy: 'CREATION_YEAR_SHORT',
  mm: 'CREATION_MONTH',
} as const satisfies Record<string, DatePart>;

/** Placeholders of the on-premises product that stand for what kyok does not have. */
export const reservedPlaceholders: readonly string[] = [
  'SEQUENCENUMBER',
  'sequenceNumber',
  'seqno',
  'SEQNO',
  'sqn',
  'SQN',
  'hierarchy',
  'hier',
  'h',
  'keyType',
  'kt',
  'institutionId',
  'iid',
];

/** Length and characters of a scheme's own text; the names it makes must fit the keystores' rules as well. */
export const namingSchemeRule: TextRule = { min: 1, max: 255, form: 'letters, digits, spaces, ._/- and <placeholders>' };
export const namingValueRule: TextRule = { min: 2, max: 200, pattern: /^[A-Za-z0-9 ]+$/, form: 'letters, digits and spaces' };

export type NamePart =
  | { readonly kind: 'TEXT'; readonly text: string }
  | { readonly kind: 'CUSTOM'; readonly name: string }
  | { readonly kind: 'SYSTEM'; readonly name: string; readonly means: DatePart };

export interface NamingScheme {
  readonly text: string;
  readonly parts: readonly NamePart[];
}

/** The days that system placeholders speak of. */
export interface NamingDates {
  readonly createdOn: PlainDate;
  /** Last day of the key, where it has one. */
  readonly expiresOn: PlainDate | null;
}

export interface NamingResult {
  readonly name: string;
  /** Each placeholder once, in order, and what it became. */
  readonly labelTags: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Reads a naming scheme.
 * @throws EstateError NAMING_SCHEME_INVALID with `position` (from 0), `problem` and, where there is one, `placeholder`
 */
export function parseNamingScheme(text: string): NamingScheme {
  if (text.length < namingSchemeRule.min || text.length > namingSchemeRule.max) {
    throw invalid(0, `must be ${namingSchemeRule.min} to ${namingSchemeRule.max} characters long`);
  }
  const parts: NamePart[] = [];
  let position = 0;
  while (position < text.length) {
    const end = text[position] === '<' ? text.indexOf('>', position) + 1 : endOfText(text, position);
    if (end === 0) throw invalid(position, 'the placeholder is not closed');
    parts.push(
      text[position] === '<' ? placeholderAt(text.slice(position + 1, end - 1), position) : textAt(text.slice(position, end), position),
    );
    position = end;
  }
  return { text, parts };
}

function endOfText(text: string, position: number): number {
  const next = text.indexOf('<', position);
  return next === -1 ? text.length : next;
}

function textAt(text: string, position: number): NamePart {
  const bad = text.search(/[^A-Za-z0-9._ /-]/);
  if (bad !== -1) throw invalid(position + bad, `must be ${namingSchemeRule.form}`);
  return { kind: 'TEXT', text };
}

function placeholderAt(name: string, position: number): NamePart {
  if (isSystemPlaceholder(name)) return { kind: 'SYSTEM', name, means: systemPlaceholders[name] };
  if (!/^[A-Za-z0-9]{1,20}(?:\/[A-Za-z0-9]+)?$/.test(name)) throw invalid(position, 'a placeholder is 1 to 20 letters and digits');
  const [base = name, option] = name.split('/');
  if (reservedPlaceholders.includes(base)) throw invalid(position, 'the placeholder is reserved and not supported', name);
  if (option !== undefined) throw invalid(position, 'this placeholder takes no option after a slash', name);
  return { kind: 'CUSTOM', name };
}

function isSystemPlaceholder(name: string): name is keyof typeof systemPlaceholders {
  return Object.hasOwn(systemPlaceholders, name);
}

/** The scheme's placeholders, each once, in order. Only those that are `CUSTOM` ask for a value. */
export function placeholdersOf(scheme: NamingScheme): readonly { readonly name: string; readonly kind: 'CUSTOM' | 'SYSTEM' }[] {
  const seen = new Map<string, 'CUSTOM' | 'SYSTEM'>();
  for (const part of scheme.parts) if (part.kind !== 'TEXT') seen.set(part.name, part.kind);
  return [...seen].map(([name, kind]) => ({ name, kind }));
}

/**
 * The name that a scheme makes of values and dates, and the label tags. Values of other placeholders are left alone.
 * @throws EstateError NAMING_VALUE_MISSING, and NAMING_VALUE_INVALID for a value outside its rule, with `placeholder`
 */
export function renderName(scheme: NamingScheme, values: Readonly<Record<string, string>>, dates: NamingDates): NamingResult {
  const rendered = scheme.parts.map((part) => ({ part, text: textOf(part, values, dates) }));
  const tags = new Map<string, string>();
  for (const { part, text } of rendered) if (part.kind !== 'TEXT') tags.set(part.name, text);
  return { name: rendered.map(({ text }) => text).join(''), labelTags: [...tags].map(([name, value]) => ({ name, value })) };
}

/** The name a scheme would make, with `XYZ` for every value that is not known yet. */
export function exampleName(scheme: NamingScheme, values: Readonly<Record<string, string>> = {}, dates?: NamingDates): string {
  const exampleOf = (part: NamePart): string => {
    if (part.kind === 'TEXT') return part.text;
    if (part.kind === 'CUSTOM') return (Object.hasOwn(values, part.name) ? values[part.name] : undefined) || 'XYZ';
    return (dates && datePart(part.means, dates)) ?? 'XYZ';
  };
  return scheme.parts.map(exampleOf).join('');
}

/**
 * Names among the given values that none of the schemes asks for: most likely typing errors, and to be refused.
 */
export function unknownValues(schemes: readonly NamingScheme[], values: Readonly<Record<string, string>>): string[] {
  const known = new Set(schemes.flatMap((scheme) => scheme.parts.flatMap((part) => (part.kind === 'CUSTOM' ? [part.name] : []))));
  return Object.keys(values).filter((name) => !known.has(name));
}

function textOf(part: NamePart, values: Readonly<Record<string, string>>, dates: NamingDates): string {
  if (part.kind === 'TEXT') return part.text;
  if (part.kind === 'CUSTOM') return customValue(part.name, values);
  const text = datePart(part.means, dates);
  if (text === undefined)
    throw new EstateError('NAMING_VALUE_MISSING', { placeholder: part.name, problem: 'the key has no expiration date' });
  return text;
}

function customValue(name: string, values: Readonly<Record<string, string>>): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) throw new EstateError('NAMING_VALUE_MISSING', { placeholder: name, problem: 'no value was given' });
  const { min, max, pattern, form } = namingValueRule;
  if (value.length < min || value.length > max || !pattern?.test(value)) {
    throw new EstateError('NAMING_VALUE_INVALID', { placeholder: name, problem: `the value must be ${min} to ${max} ${form}` });
  }
  return value;
}

function datePart(means: DatePart, { createdOn, expiresOn }: NamingDates): string | undefined {
  const date = means.startsWith('EXPIRY') ? expiresOn : createdOn;
  if (date === null) return undefined;
  if (means.endsWith('MONTH')) return date.slice(5, 7);
  return means.endsWith('SHORT') ? date.slice(2, 4) : date.slice(0, 4);
}

function invalid(position: number, problem: string, placeholder?: string): EstateError {
  return new EstateError('NAMING_SCHEME_INVALID', placeholder === undefined ? { position, problem } : { position, problem, placeholder });
}
