import { isWellFormed } from '../domain/canonical-json.js';
import { type Issue, invalidInput } from './invalid-input.js';

/**
 * Refuses an input that holds text with half a surrogate pair, at any depth: such text has no UTF-8 form, so neither the
 * audit log nor the database can hold it. Here for every operation, so that none of their rules can forget it.
 * @throws EstateError INPUT_INVALID
 */
export function refuseIllFormed(input: unknown): void {
  const issues = illFormed(input, []);
  if (issues.length > 0) throw invalidInput(...issues);
}

function illFormed(value: unknown, path: readonly string[]): readonly Issue[] {
  if (typeof value === 'string') return isWellFormed(value) ? [] : [{ path: path.join('.'), message: 'must be well-formed Unicode' }];
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    // A name that cannot be told either is not part of any path.
    isWellFormed(name) ? illFormed(member, [...path, name]) : [{ path: path.join('.'), message: 'must have well-formed names' }],
  );
}
