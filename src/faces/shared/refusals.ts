/** How the listener answers what no face has answered: unknown routes, refused callers, failures. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EstateError } from '../../domain/errors.js';
import { httpStatus } from './http-status.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Puts an error into the words of the route's protocol. */
    readonly encodeError?: (error: EstateError, requestId: string) => object;
  }
}

/** What a caller is told of an error. Of failures of the server itself: the code and the request id, nothing else. */
export function toldError(error: EstateError, requestId: string): object {
  if (httpStatus[error.kind] >= 500) return { code: error.code, requestId };
  return { code: error.code, kind: error.kind, message: error.message, details: error.details, requestId };
}

/** Sets the handlers for errors and unknown routes. */
export function answerRefusals(http: FastifyInstance): void {
  http.setErrorHandler((thrown: FastifyError | EstateError, request, reply) => refuse(request, reply, thrown));
  http.setNotFoundHandler((request, reply) => refuse(request, reply, new EstateError('NOT_FOUND')));
}

/** Answers with the error, in the words of the route's protocol. */
export function refuse(request: FastifyRequest, reply: FastifyReply, thrown: FastifyError | EstateError): FastifyReply {
  const error = asEstateError(thrown);
  if (error.kind === 'internal') request.log.error({ err: thrown, requestId: request.id }, 'request failed');
  if (error.kind === 'unauthenticated') void reply.header('www-authenticate', 'Bearer');
  if (error.code === 'RATE_LIMITED') void reply.header('retry-after', String(error.details['retryAfterSeconds'] ?? 60));
  const encode = request.routeOptions.config.encodeError ?? toldError;
  return reply.code(statusOf(error)).send(encode(error, request.id));
}

function statusOf(error: EstateError): number {
  return error.code === 'TOO_LARGE' ? 413 : httpStatus[error.kind];
}

function asEstateError(thrown: FastifyError | EstateError): EstateError {
  if (thrown instanceof EstateError) return thrown;
  if (thrown.statusCode === 429) return new EstateError('RATE_LIMITED', {}, { cause: thrown });
  if (thrown.statusCode === 413) return new EstateError('TOO_LARGE', {}, { cause: thrown });
  if (thrown.statusCode !== undefined && thrown.statusCode < 500) {
    const issues = [{ path: '', message: 'the HTTP request cannot be read' }];
    return new EstateError('INPUT_INVALID', { issues }, { cause: thrown });
  }
  return new EstateError('INTERNAL', {}, { cause: thrown });
}
