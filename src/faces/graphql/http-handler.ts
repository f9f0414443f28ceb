import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { EstateError } from '../../domain/errors.js';
import type { Estate } from '../../services/estate.js';
import { requiredCall } from '../shared/credentials.js';
import { httpStatus } from '../shared/http-status.js';
import { type GraphqlContext, graphqlContext } from './context.js';
import { graphqlError } from './errors.js';
import { refuseDeepNesting } from './limits/nesting.js';
import { told } from './server.js';

/** POST /graphql as the GraphQL-over-HTTP specification says. */
export function graphqlHandler(apollo: ApolloServer<GraphqlContext>, estate: Estate) {
  const handle = fastifyApolloHandler<GraphqlContext>(apollo, {
    context: async (request) => graphqlContext(estate, requiredCall(request)),
  }) as RouteHandlerMethod;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    void reply.header('cache-control', 'no-store');
    const refusal = refusalOf(request);
    if (refusal) return await reply.code(400).send({ errors: [graphqlError(refusal, request.id)] });
    return await told.run({ requestId: request.id, log: estate.log }, () => Promise.resolve(handle.call(request.server, request, reply)));
  };
}

/** What is refused before Apollo parses it. */
function refusalOf({ body }: FastifyRequest): EstateError | undefined {
  const query = typeof body === 'object' && body !== null && 'query' in body ? body.query : undefined;
  try {
    if (typeof query === 'string') refuseDeepNesting(query);
    return undefined;
  } catch (error) {
    if (error instanceof EstateError) return error;
    throw error;
  }
}

/** An error of the listener in GraphQL's form. Of the server's own failures only code and request id are told. */
export function encodeGraphqlError(error: EstateError, requestId: string): object {
  if (httpStatus[error.kind] < 500) return { errors: [graphqlError(error, requestId)] };
  return { errors: [{ message: error.message, extensions: { code: error.code, requestId } }] };
}
