import { isWellFormed } from '../domain/canonical-json.js';
import { type Issue, invalidInput } from './invalid-input.js';

/**
 * Refuses an input that holds text with half a surrogate pair or NUL, at any depth: the first has no UTF-8 form, the second no
 * place in PostgreSQL, so neither audit log nor database can hold them. Here for every operation, so that none of their rules can forget it.
 * @throws EstateError INPUT_INVALID
 */
export function refuseIllFormed(input: unknown): void {
  // Nearly every input is sound: where in it a fault is, is looked for only once there is one.
  if (!isSound(input)) throw invalidInput(...illFormed(input, []));
}

function isSound(value: unknown): boolean {
  if (typeof value === 'string') return faultOf(value).length === 0;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true;
  if (Array.isArray(value)) return value.every(isSound);
  return Object.entries(value).every(([name, member]) => isWellFormed(name) && isSound(member));
}

function illFormed(value: unknown, path: readonly string[]): readonly Issue[] {
  if (typeof value === 'string') return faultOf(value).map((message) => ({ path: path.join('.'), message }));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    // A name that cannot be told either is not part of any path.
    isWellFormed(name) ? illFormed(member, [...path, name]) : [{ path: path.join('.'), message: 'must have well-formed names' }],
  );
}

function faultOf(text: string): readonly string[] {
  if (!isWellFormed(text)) return ['must be well-formed Unicode'];
  return text.includes('\0') ? ['must hold no NUL character'] : [];
}
