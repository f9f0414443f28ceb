import pino from 'pino';
import type { Log } from './services/estate.js';

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

/** JSON lines on standard error, with secret names redacted. */
export function logTo(level: string): Log & pino.Logger {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `req.headers.${name}`]);
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths, censor: '[redacted]' },
    formatters: { level: (label) => ({ level: label }) },
  };
  return pino(options, pino.destination({ dest: 2, sync: true }));
}
