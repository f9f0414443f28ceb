/** The boundaries of the server's process, and what can go wrong at each. */
import { EstateError } from '../../src/domain/errors.js';
import type { Fault, FaultKind } from './plan.js';

export type Boundary = 'store.read' | 'store.write' | 'store.append' | 'hsm' | 'keystore.inspect' | 'keystore.step' | 'client';

/** What the caller is told when a request or its reply is lost. */
const failures: Readonly<Record<Boundary, () => EstateError>> = {
  'store.read': () => new EstateError('STORE_UNAVAILABLE'),
  'store.write': () => new EstateError('STORE_UNAVAILABLE'),
  'store.append': () => new EstateError('AUDIT_UNAVAILABLE'),
  hsm: () => new EstateError('HSM_UNAVAILABLE'),
  'keystore.inspect': () => new EstateError('KEYSTORE_UNREACHABLE'),
  'keystore.step': () => new EstateError('KEYSTORE_UNREACHABLE'),
  client: () => new EstateError('INTERNAL'),
};

const everywhere: readonly Boundary[] = ['store.read', 'store.write', 'store.append', 'hsm', 'keystore.inspect', 'keystore.step'];
const outside: readonly Boundary[] = ['hsm', 'keystore.inspect', 'keystore.step'];

/** Where each fault can strike. A transaction is never delivered twice: it is not a message. */
const strikes: Readonly<Record<FaultKind, readonly Boundary[]>> = {
  crashBefore: everywhere,
  crashAfter: everywhere,
  lostRequest: everywhere,
  lostReply: everywhere,
  throttled: ['keystore.inspect', 'keystore.step'],
  stale: ['keystore.inspect'],
  slow: everywhere,
  twice: outside,
  restart: ['hsm'],
};

export function fits({ kind, at }: Fault, boundary: Boundary): boolean {
  const choice = strikes[kind];
  return choice.includes(at) ? boundary === at : choice.includes(boundary);
}

export function failureAt(boundary: Boundary): EstateError {
  return failures[boundary]();
}

export function throttled(): EstateError {
  return new EstateError('RATE_LIMITED', { retryAfterSeconds: 2 });
}
