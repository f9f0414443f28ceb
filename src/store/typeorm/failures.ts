/** Database failures in the estate's words. */
import { QueryFailedError } from 'typeorm';
import { type ErrorCode, EstateError } from '../../domain/errors.js';

/**
 * The same failure as an EstateError. Its cause carries the database's own words and code but neither statement nor
 * parameters, which may hold what no log may.
 */
export function storeFailure(thrown: unknown): EstateError {
  if (thrown instanceof EstateError) return thrown;
  const { code, message } = driverFailure(thrown);
  const rule = failureRules.find((candidate) => candidate.matches(code, message));
  return new EstateError(rule?.means ?? 'STORE_UNAVAILABLE', {}, { cause: Object.assign(new Error(message), { code }) });
}

/** A failure to make an audit event durable. */
export function auditFailure(thrown: unknown): EstateError {
  if (thrown instanceof EstateError && thrown.code === 'AUDIT_UNAVAILABLE') return thrown;
  const failure = storeFailure(thrown);
  return new EstateError('AUDIT_UNAVAILABLE', failure.details, { cause: failure });
}

/** A caller's mistake. */
export function misuse(what: string): EstateError {
  return new EstateError('INTERNAL', {}, { cause: new Error(what) });
}

/** Whether the connection is gone rather than the statement refused: what only reads may be tried again. */
export function isConnectionLost(thrown: unknown): boolean {
  const { code, message } = driverFailure(thrown);
  return /^(08...|57P0[123]|ECONNRESET|EPIPE)$/.test(code) || /Connection terminated|not queryable/.test(message);
}

interface FailureRule {
  readonly means: ErrorCode;
  matches(code: string, message: string): boolean;
}

/** SQLite says which constraint broke in words only; PostgreSQL's codes are in appendix A of its manual. */
const failureRules: readonly FailureRule[] = [
  { means: 'ALREADY_EXISTS', matches: (code, message) => code === '23505' || /UNIQUE constraint failed/.test(message) },
  { means: 'INTERNAL', matches: (code) => code.startsWith('23') || code === 'SQLITE_CONSTRAINT' },
  // Text that the database cannot hold (NUL characters in PostgreSQL), numbers out of range.
  { means: 'INPUT_INVALID', matches: (code) => /^22...$/.test(code) || code === 'SQLITE_TOOBIG' },
];

function driverFailure(thrown: unknown): { readonly code: string; readonly message: string } {
  const error: unknown = thrown instanceof QueryFailedError ? thrown.driverError : thrown;
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  const code = 'code' in error ? String(error.code) : '';
  return { code, message: error.message };
}
