import fastify from 'fastify';
import pino from 'pino';
import { QueryFailedError } from 'typeorm';
import { expect, test } from 'vitest';
import { EstateError } from '../../src/domain/errors.js';
import { logOptions } from '../../src/server/logging.js';

const secret = 'S3CRET-material';

function logged(write: (log: pino.Logger) => void) {
  const lines: string[] = [];
  write(pino(logOptions('debug'), { write: (line: string) => void lines.push(line) }));
  expect(lines).toHaveLength(1);
  return { text: lines[0] ?? '', line: JSON.parse(lines[0] ?? '') };
}

function failedQuery() {
  const driverError = Object.assign(new Error('database is full'), { code: 'SQLITE_FULL', detail: secret, where: secret });
  return new QueryFailedError('INSERT INTO key_blob VALUES (?)', [secret], driverError);
}

test('an error is logged with its type, message, stack, code and causes, and nothing else that it carries', () => {
  const error = new EstateError('INTERNAL', { hint: secret }, { cause: new Error('outer', { cause: failedQuery() }) });
  const { text, line } = logged((log) => log.error({ err: error, requestId: 'r-1' }, 'failed'));
  expect(text).not.toContain('S3CRET');
  expect(line).toMatchObject({
    level: 'error',
    msg: 'failed',
    requestId: 'r-1',
    err: { type: 'EstateError', code: 'INTERNAL', message: error.message, stack: expect.stringContaining('logging.test.ts') },
  });
  const { cause } = line.err.cause;
  expect(cause).toMatchObject({ type: 'QueryFailedError', message: 'database is full', code: 'SQLITE_FULL' });
  expect(Object.keys(cause).sort()).toEqual(['code', 'message', 'stack', 'type']);
});

test('the listener logs errors the same way', async () => {
  const lines: string[] = [];
  const http = fastify({ loggerInstance: pino(logOptions('debug'), { write: (line: string) => void lines.push(line) }) });
  http.get('/', async (request) => {
    request.log.error({ err: failedQuery() }, 'failed');
    return 'done';
  });
  await http.inject('/');
  await http.close();
  expect(lines.filter((line) => line.includes('QueryFailedError'))).toHaveLength(1);
  expect(lines.join()).not.toContain('S3CRET');
});

test('what is thrown and is no error, and errors that cause themselves, are logged too', () => {
  expect(logged((log) => log.error({ err: { password: secret, other: secret } }, 'x')).text).not.toContain('S3CRET');
  expect(logged((log) => log.error({ err: 'words' }, 'x')).line.err).toEqual({ type: 'string', message: 'words' });
  const circular = new Error('round');
  circular.cause = circular;
  expect(logged((log) => log.error({ err: circular }, 'x')).line.err).toMatchObject({ message: 'round' });
});

test('secrets under their names are redacted', () => {
  const { text } = logged((log) => log.info({ token: secret, input: { password: secret }, a: { b: { plaintext: secret } } }, 'x'));
  expect(text).not.toContain('S3CRET');
});
