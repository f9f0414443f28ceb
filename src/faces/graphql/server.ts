import { AsyncLocalStorage } from 'node:async_hooks';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { EstateError } from '../../domain/errors.js';
import type { Log } from '../../services/estate.js';
import type { GraphqlContext } from './context.js';
import { formatError, type ToldTo } from './errors.js';
import { documentLimits } from './limits/limits.js';
import { refuseTooMuch } from './limits/unfit.js';
import { refuseWrongVariables } from './variables.js';

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly log: Log;
}

/** Whom the request under way answers; Apollo words some errors where no context is at hand. */
export const told = new AsyncLocalStorage<ToldTo>();

/** Apollo Server with every limit set, and nothing that reaches beyond this machine. */
export function apolloServer({ schema, introspection, log }: ApolloOptions): ApolloServer<GraphqlContext> {
  return new ApolloServer<GraphqlContext>({
    schema,
    introspection,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    hideSchemaDetailsFromClientErrors: true,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    parseOptions: { maxLexicalTokens: documentLimits.tokens },
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => formatError(formatted, error, told.getStore() ?? { requestId: '', log }),
    logger: { debug: () => {}, info: () => {}, warn: toLog(log), error: toLog(log) },
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // With APOLLO_KEY in its environment Apollo Server would report to its makers.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      // It looks at every field to reckon how long an answer may be kept; ours may never be.
      ApolloServerPluginCacheControlDisabled(),
      refusingPlugin(schema),
    ],
  });
}

const streamOnly = { path: 'query', message: 'subscriptions go to POST /graphql/stream' };

/** Refuses subscriptions and what costs too much before anything runs, and says what is wrong with variables that did not fit. */
function refusingPlugin(schema: GraphQLSchema): ApolloServerPlugin<GraphqlContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, request }) =>
        refusing(() => {
          if (operation?.operation === 'subscription') throw new EstateError('INPUT_INVALID', { issues: [streamOnly] });
          if (operation) refuseTooMuch(schema, { document, operation, variables: request.variables ?? {} });
        }),
      // graphql-js's own words would repeat the values. What is thrown here is answered in their place.
      didEncounterErrors: async ({ errors, operation, request }) =>
        refusing(() => {
          if (operation && errors.some(isOfVariables)) refuseWrongVariables(schema, operation, request.variables ?? {});
        }),
    }),
  };
}

function isOfVariables({ extensions }: GraphQLError): boolean {
  return extensions['code'] === ApolloServerErrorCode.BAD_USER_INPUT;
}

function refusing(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw asRefusal(error);
  }
}

/** Nothing was performed, so the whole request is refused: HTTP 400. */
export function asRefusal(error: unknown): GraphQLError {
  const originalError = error instanceof EstateError ? error : new EstateError('INTERNAL', {}, { cause: error });
  return new GraphQLError(originalError.message, {
    originalError,
    extensions: { http: { status: originalError.kind === 'internal' ? 500 : 400 } },
  });
}

function toLog(log: Log): (message: unknown) => void {
  return (message) => log.warn({ face: 'graphql' }, String(message));
}
