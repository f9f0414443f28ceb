import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { timeOrderedId } from '../../domain/time-ordered-id.js';

const sane = /^[A-Za-z0-9][A-Za-z0-9._:-]{7,99}$/;

/** The caller's own `X-Request-Id` where it is one that logs can hold, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && sane.test(given) ? given : timeOrderedId(Date.now(), randomUUID());
}
