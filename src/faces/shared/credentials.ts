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

/** Demands credentials. Needs the rate limit plugin. Who shows good credentials is never held back by another's failures. */
export function demandCredentials(http: FastifyInstance, estate: Estate, limits: RateLimits): void {
  const failures = http.createRateLimit({ max: limits.failures, timeWindow: '1 minute', groupId: 'failures' });
  const open = http.createRateLimit({ max: limits.publicRequests, timeWindow: '1 minute', groupId: 'public' });
  http.decorateRequest('call', null);
  http.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.isPublic === true) {
      await countAgainst(open, request);
      return;
    }
    try {
      request.call = await callOf(estate, request);
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

async function callOf(estate: Estate, request: FastifyRequest): Promise<Call> {
  const { face = 'http' } = request.routeOptions.config;
  return await authenticatedCall(estate, { token: bearerOf(request), face, address: request.ip, requestId: request.id });
}

function bearerOf({ headers }: FastifyRequest): string | undefined {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  return token ?? (headers.authorization === undefined ? undefined : '');
}

type Counter = ReturnType<FastifyInstance['createRateLimit']>;

/** @throws EstateError RATE_LIMITED */
export async function countAgainst(counter: Counter, request: FastifyRequest): Promise<void> {
  const counted = await counter(request);
  if (!counted.isAllowed && counted.isExceeded) throw new EstateError('RATE_LIMITED', { retryAfterSeconds: counted.ttlInSeconds });
}
