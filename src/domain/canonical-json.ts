import type { JsonValue } from './entity.js';
import { EstateError } from './errors.js';

/**
 * The one text of a JSON value (RFC 8785): no white space, members sorted by UTF-16 code units, shortest numbers.
 * @throws EstateError INPUT_INVALID for what JSON has no text for: NaN, infinities, undefined, lone surrogates.
 */
export function canonicalJson(value: JsonValue): string {
  return textOf(value, undefined);
}

/** Where a value stands, from the inside out: made for each value, and read only where one is refused. */
type Path = { readonly above: Path; readonly step: string | number } | undefined;

function textOf(value: JsonValue | undefined, path: Path): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return stringText(value, path);
  if (typeof value === 'number') {
    // JSON.stringify uses ECMAScript's shortest form, which is the one RFC 8785 section 3.2.2.3 asks for.
    return Number.isFinite(value) ? JSON.stringify(value) : refuse(path, 'must be a finite number');
  }
  if (Array.isArray(value)) return `[${value.map((item: JsonValue, index) => textOf(item, { above: path, step: index })).join(',')}]`;
  if (isPlainObject(value)) return objectText(value, path);
  return refuse(path, 'must be a JSON value');
}

function objectText(value: Readonly<Record<string, JsonValue | undefined>>, path: Path): string {
  // The default order of sort() compares UTF-16 code units, as section 3.2.3 asks.
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${stringText(name, path)}:${textOf(value[name], { above: path, step: name })}`).join(',')}}`;
}

function stringText(value: string, path: Path): string {
  return isWellFormed(value) ? JSON.stringify(value) : refuse(path, 'must be well-formed Unicode');
}

/** Whether text holds no surrogate without its partner; other text has no UTF-8 form. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}

function isPlainObject(value: unknown): value is Readonly<Record<string, JsonValue | undefined>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refuse(path: Path, message: string): never {
  const steps: (string | number)[] = [];
  for (let at = path; at; at = at.above) steps.unshift(at.step);
  throw new EstateError('INPUT_INVALID', { issues: [{ path: steps.join('.'), message }] });
}
