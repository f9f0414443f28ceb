import pino from 'pino';
import type { Log } from '../services/estate.js';

/** Values under these names never reach a log line, wherever they stand. */
const secretNames = [
  'authorization',
  'cookie',
  'apiKey',
  'token',
  'secret',
  'password',
  'passphrase',
  'material',
  'plaintext',
  'encrypted',
];

/** Causes of causes that a log line follows. */
const maxCauses = 8;

/** An error as a log line holds it. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly cause?: LoggedError;
}

/**
 * What the log keeps of an error: what it is called, what it says, where it came from, and why. Errors of databases and
 * clouds carry statements, parameters, requests and replies besides, which may hold what no log may.
 */
export function loggedError(thrown: unknown, causes = maxCauses): LoggedError {
  if (!(thrown instanceof Error)) return { type: typeof thrown, message: typeof thrown === 'string' ? thrown : '' };
  const { name, message, stack, cause } = thrown;
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  return {
    type: name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    ...(cause === undefined || causes === 0 ? {} : { cause: loggedError(cause, causes - 1) }),
  };
}

/** JSON lines on standard error, with secret names redacted. */
export function logTo(level: string): Log & pino.Logger {
  return pino(logOptions(level), pino.destination({ dest: 2, sync: true }));
}

/** How every line is made. */
export function logOptions(level: string): pino.LoggerOptions {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `req.headers.${name}`]);
  return {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
    serializers: { err: (thrown: unknown) => loggedError(thrown) },
    formatters: { level: (label) => ({ level: label }) },
  };
}
