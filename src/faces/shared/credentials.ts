/** Credentials are asked for on every route that is not marked public, before a body is read. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EstateError } from '../../domain/errors.js';
import type { Call } from '../../services/call.js';
import type { Estate } from '../../services/estate.js';
import { authenticatedCall } from '../../services/iam/authenticate.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no credentials, and is limited by rate instead. */
    readonly isPublic?: boolean;
    /** Face that the route belongs to, for the audit log. */
    readonly face?: string;
  }
  interface FastifyRequest {
    /** The caller; `null` on public routes. */
    call: Call | null;
  }
}

/** Requests a minute from one address that may fail to authenticate, or go to public routes. */
export interface RateLimits {
  readonly failures: number;
  readonly publicRequests: number;
}
export const defaultRateLimits: RateLimits = { failures: 60, publicRequests: 600 };

/**
 * Demands credentials. Needs the rate limit plugin. Good credentials are always served, since many callers may share an
 * address (a proxy, NAT). Of an address that failed too often in the last minute only further failures are refused by
 * rate, and those are not audited, so that guessing does not fill the audit log.
 */
export function demandCredentials(http: FastifyInstance, estate: Estate, limits: RateLimits): void {
  const failures = http.createRateLimit({ max: limits.failures, timeWindow: '1 minute' });
  const open = http.createRateLimit({ max: limits.publicRequests, timeWindow: '1 minute' });
  http.decorateRequest('call', null);
  http.addHook('onRequest', async (request) => {
    const token = bearerOf(request);
    if (request.routeOptions.config.isPublic === true || token === undefined) await countAgainst(open, request);
    if (request.routeOptions.config.isPublic === true) return;
    if (token === undefined) throw new EstateError('UNAUTHENTICATED');
    request.call = await callOf(estate, request, token, () => countAgainst(failures, request));
  });
}

/** The caller of a request, whose credentials were checked. @throws EstateError UNAUTHENTICATED on a public route */
export function requiredCall(request: FastifyRequest): Call {
  if (!request.call) throw new EstateError('UNAUTHENTICATED');
  return request.call;
}

async function callOf(estate: Estate, request: FastifyRequest, token: string, onRefusal: () => Promise<void>): Promise<Call> {
  const { face = 'http' } = request.routeOptions.config;
  return await authenticatedCall(estate, { token, face, address: request.ip, requestId: request.id, onRefusal });
}

/** The token of an Authorization header; empty when the header holds something else. */
function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  if (authorization === undefined) return undefined;
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}

type Counter = ReturnType<FastifyInstance['createRateLimit']>;

/** @throws EstateError RATE_LIMITED */
async function countAgainst(counter: Counter, request: FastifyRequest): Promise<void> {
  const counted = await counter(request);
  if (!counted.isAllowed && counted.isExceeded) throw new EstateError('RATE_LIMITED', { retryAfterSeconds: counted.ttlInSeconds });
}
