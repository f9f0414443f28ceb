/**
 * Subscriptions as server-sent events (graphql-sse, distinct connections): POST /graphql/stream with the credentials and
 * the limits of every request. A stream ends with UNAUTHENTICATED when its API key is revoked.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { EstateError } from '../../domain/errors.js';
import type { Estate } from '../../services/estate.js';
import { requiredCall } from '../shared/credentials.js';
import { type GraphqlContext, graphqlContext } from './context.js';
import { formatError, type ToldTo } from './errors.js';
import { documentLimits } from './limits/limits.js';
import { refuseDeepNesting } from './limits/nesting.js';
import { refuseUnfit } from './limits/unfit.js';

/** Streams that one API key may hold open. */
const maxStreams = 50;

export interface StreamOptions {
  readonly schema: GraphQLSchema;
  readonly estate: Estate;
  readonly introspection: boolean;
}

export interface StreamHandler {
  handle(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Ends every stream. */
  stop(): void;
}

interface Params {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

export function streamHandler(options: StreamOptions): StreamHandler {
  const open = new Map<FastifyReply, string | null>();
  const answer = createHandler<GraphqlContext & Record<PropertyKey, unknown>>({
    authenticate: () => null,
    validate: () => [],
    onSubscribe: (request, params) => prepared(options, request.raw, params as Params),
    onNext: (_context, request, result) => {
      const told = toldTo(options, request.raw);
      return result.errors
        ? { ...result, errors: result.errors.map((error) => worded(error, told)) as unknown as GraphQLError[] }
        : undefined;
    },
  });
  return {
    handle: async (request, reply) => {
      const { credentialId } = requiredCall(request);
      refuseNoQuery(request.body);
      const held = [...open.values()].filter((other) => other === credentialId).length;
      if (held >= maxStreams) throw new EstateError('RATE_LIMITED', { maxStreams });
      open.set(reply, credentialId);
      reply.hijack();
      try {
        // graphql-sse waits for ever for the end of a response whose socket was destroyed.
        await Promise.race([answer(request, reply), closed(reply)]);
      } catch (error) {
        options.estate.log.warn({ err: error, requestId: request.id }, 'a stream broke');
        reply.raw.destroy();
      } finally {
        open.delete(reply);
      }
    },
    stop: () => {
      for (const reply of open.keys()) reply.raw.end();
    },
  };
}

async function closed({ raw }: FastifyReply): Promise<void> {
  if (raw.destroyed) return;
  await new Promise<void>((resolve) => raw.once('close', resolve));
}

/** graphql-sse would wait for a body that has been read already. @throws EstateError INPUT_INVALID */
function refuseNoQuery(body: unknown): void {
  const query = typeof body === 'object' && body !== null && 'query' in body ? body.query : undefined;
  if (typeof query !== 'string') throw new EstateError('INPUT_INVALID', { issues: [{ path: 'query', message: 'must be text' }] });
}

type Refused = [body: string, init: { status: number; statusText: string; headers: Record<string, string> }];

/** The subscription, ready to run, or the answer that refuses it. */
function prepared(options: StreamOptions, request: FastifyRequest, params: Params) {
  const context = graphqlContext(options.estate, requiredCall(request));
  try {
    return checked(options, params, context) as ExecutionArgs & { contextValue: GraphqlContext & Record<PropertyKey, unknown> };
  } catch (thrown) {
    const told = toldTo(options, request);
    const errors = (thrown instanceof AggregateError ? thrown.errors : [thrown]).map((error: unknown) => refusal(error, told));
    const refused: Refused = [
      JSON.stringify({ errors }),
      { status: 400, statusText: 'Bad Request', headers: { 'content-type': 'application/json' } },
    ];
    return refused;
  }
}

/** @throws GraphQLError, AggregateError of such, EstateError */
function checked({ schema, introspection }: StreamOptions, params: Params, contextValue: GraphqlContext): ExecutionArgs {
  refuseDeepNesting(params.query);
  const document = parse(params.query, { maxLexicalTokens: documentLimits.tokens });
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(schema, document, rules, { maxErrors: 20 });
  if (errors.length > 0) throw new AggregateError(errors);
  const variables = params.variables ?? {};
  refuseUnfit(schema, { document, operation: subscriptionIn(document, params.operationName), variables });
  return { schema, document, operationName: params.operationName ?? null, variableValues: variables, contextValue };
}

/** @throws EstateError INPUT_INVALID */
function subscriptionIn(document: DocumentNode, name: string | null | undefined) {
  const operation = getOperationAST(document, name);
  if (operation?.operation === 'subscription') return operation;
  throw new EstateError('INPUT_INVALID', { issues: [{ path: 'query', message: 'must name one subscription; the rest goes to /graphql' }] });
}

function toldTo({ estate }: StreamOptions, request: FastifyRequest): ToldTo {
  return { requestId: request.id, log: estate.log };
}

/** An error of a subscription that runs. */
function worded(error: unknown, told: ToldTo): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) return formatError({ message: '' }, error, told);
  return error.originalError === undefined ? refusal(error, told) : formatError(error.toJSON(), error, told);
}

/** An error of a document that never ran: what a scalar throws about a literal is the document's fault, too. */
function refusal(error: unknown, told: ToldTo): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) return formatError({ message: '' }, error, told);
  const code = error.message.startsWith('Syntax Error') ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED';
  return formatError({ ...error.toJSON(), extensions: { code } }, error, told);
}
