import { EstateError } from '../domain/errors.js';

/** What is wrong with one field of an input; the message never holds the value. */
export interface Issue {
  /** Dotted. */
  readonly path: string;
  readonly message: string;
}

export function invalidInput(...issues: readonly Issue[]): EstateError {
  return new EstateError('INPUT_INVALID', { issues: issues.slice(0, 20) });
}
