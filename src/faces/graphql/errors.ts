/**
 * Errors on their way out: `extensions { code, kind, details, requestId }`, and no message that repeats what was sent.
 *
 * graphql-js prints rejected values into its messages, and the rejected value may be key material. So of its errors only
 * places and the schema's own names go out.
 */
import { GraphQLError, type GraphQLFormattedError, Kind } from 'graphql';
import { EstateError } from '../../domain/errors.js';
import type { Log } from '../../services/estate.js';

/** An error of a document that graphql-js or Apollo refused before anything was performed. */
const refusedByGraphql = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

export interface ToldTo {
  readonly requestId: string;
  readonly log: Log;
}

/** An EstateError as GraphQL tells it. */
export function graphqlError(error: EstateError, requestId: string): GraphQLFormattedError {
  const details = error.kind === 'internal' ? {} : error.details;
  return { message: error.message, extensions: { code: error.code, kind: error.kind, details, requestId } };
}

/** Whatever went wrong, as GraphQL tells it. */
export function formatError(formatted: GraphQLFormattedError, thrown: unknown, { requestId, log }: ToldTo): GraphQLFormattedError {
  const place = { ...(formatted.locations && { locations: formatted.locations }), ...(formatted.path && { path: formatted.path }) };
  const cause = causeOf(thrown);
  if (cause instanceof EstateError) return { ...graphqlError(cause, requestId), ...place };
  const code = String(formatted.extensions?.['code'] ?? '');
  if (refusedByGraphql.has(code)) return { ...refusal(code, formatted.message, thrown, requestId), ...place };
  log.error({ err: thrown, requestId }, 'GraphQL failed');
  return { ...graphqlError(new EstateError('INTERNAL'), requestId), ...place };
}

function causeOf(thrown: unknown): unknown {
  const cause = thrown instanceof GraphQLError ? thrown.originalError : thrown;
  return cause instanceof GraphQLError && cause.originalError ? causeOf(cause) : cause;
}

function refusal(code: string, message: string, thrown: unknown, requestId: string): GraphQLFormattedError {
  const issue = { path: '', message: code === 'GRAPHQL_PARSE_FAILED' ? parseMessage(message) : safeMessage(message, thrown) };
  const error = graphqlError(new EstateError('INPUT_INVALID', { issues: [issue] }), requestId);
  return { ...error, message: issue.message };
}

function parseMessage(message: string): string {
  return /token limit|too many tokens|contains more (that|than) \d+ tokens/i.test(message)
    ? 'The document is longer than this server admits.'
    : 'The document is not GraphQL; see locations.';
}

const literals: ReadonlySet<string> = new Set([
  Kind.INT,
  Kind.FLOAT,
  Kind.STRING,
  Kind.BOOLEAN,
  Kind.NULL,
  Kind.ENUM,
  Kind.LIST,
  Kind.OBJECT,
  Kind.VARIABLE,
]);

/** graphql-js's words where they hold nothing but names and places. */
function safeMessage(message: string, thrown: unknown): string {
  const [node] = (thrown instanceof GraphQLError && thrown.nodes) || [];
  if (node && literals.has(node.kind)) return namesOnly(message) ?? 'A value is not of the type that its place asks for; see locations.';
  if (/ got invalid value /.test(message)) return 'The value of a variable is not of its type.';
  return withoutSuggestion(message);
}

/** Messages about values that only name what is missing or unknown. */
function namesOnly(message: string): string | undefined {
  const told = withoutSuggestion(message);
  return namesOnlyForms.some((form) => form.test(told)) ? told : undefined;
}

/** Forms of graphql-js's messages that are made of names from the schema or of fields and variables, never of values. */
export const namesOnlyForms: readonly RegExp[] = [
  /^Field "[_A-Za-z0-9.]+" of required type "[_A-Za-z0-9![\]]+" was not provided\.$/,
  /^Field "[_A-Za-z0-9.]+" is not defined by type "[_A-Za-z0-9]+"\.$/,
  /^Exactly one key must be specified for OneOf type "[_A-Za-z0-9]+"\.$/,
  /^OneOf Input Object "[_A-Za-z0-9]+" must specify exactly one key\.$/,
  /^Field "[_A-Za-z0-9.]+" must be non-null\.$/,
  /^Variable "\$?[_A-Za-z0-9]+" must be non-nullable to be used for OneOf Input Object "[_A-Za-z0-9]+"\.$/,
  /^Variable "\$[_A-Za-z0-9]+" of type "[_A-Za-z0-9![\]]+" used in position expecting type "[_A-Za-z0-9![\]]+"\.$/,
  /^Variable "\$[_A-Za-z0-9]+" is not defined( by operation "[_A-Za-z0-9]+")?\.$/,
  /^Expected non-nullable type "[_A-Za-z0-9![\]]+" not to be null\.$/,
  /^Expected type "[_A-Za-z0-9![\]]+" to be an object\.$/,
];

export function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean [\s\S]*$/, '');
}
