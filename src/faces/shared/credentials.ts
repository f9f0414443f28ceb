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
 * Demands credentials. Needs the rate limit plugin. An address that failed too often in the last minute is refused before
 * its credentials are looked at, so that guessing fills neither the database's time nor the audit log.
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
    await countAgainst(failures, request, { increment: false });
    try {
      request.call = await callOf(estate, request, token);
    } catch (error) {
      await countAgainst(failures, request);
      throw error;
    }
  });
}

/** The caller of a request, whose credentials were checked. @throws EstateError UNAUTHENTICATED on a public route */
export function requiredCall(request: FastifyRequest): Call {
  if (!request.call) throw new EstateError('UNAUTHENTICATED');
  return request.call;
}

async function callOf(estate: Estate, request: FastifyRequest, token: string): Promise<Call> {
  const { face = 'http' } = request.routeOptions.config;
  return await authenticatedCall(estate, { token, face, address: request.ip, requestId: request.id });
}

/** The token of an Authorization header; empty when the header holds something else. */
function bearerOf({ headers: { authorization } }: FastifyRequest): string | undefined {
  if (authorization === undefined) return undefined;
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
}

type Counter = ReturnType<FastifyInstance['createRateLimit']>;

/** @throws EstateError RATE_LIMITED */
async function countAgainst(counter: Counter, request: FastifyRequest, options?: { readonly increment: boolean }): Promise<void> {
  const counted = await counter(request, options);
  if (!counted.isAllowed && counted.isExceeded) throw new EstateError('RATE_LIMITED', { retryAfterSeconds: counted.ttlInSeconds });
}
