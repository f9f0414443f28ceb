/** How much one document may ask for. */
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from 'graphql-query-complexity';
import { EstateError } from '../../../domain/errors.js';
import { type Shape, shapeOf } from './selections.js';

export const documentLimits = {
  /** Lexical tokens of the document, checked while it is read. */
  tokens: 5_000,
  /** Fields below one another. */
  depth: 12,
  aliases: 50,
  directives: 50,
  /** Operations in one document: each top-level field is authorised and audited by itself. */
  rootFields: 20,
  /** One scalar of one entity costs 1; a page of 500 keys with all that belongs to them about 85,000. */
  cost: 150_000,
} as const;

export interface Prepared {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** @throws EstateError TOO_LARGE that names the limit */
export function refuseTooCostly(schema: GraphQLSchema, { document, operation, variables }: Prepared): void {
  const shape = shapeOf(document, operation);
  for (const limit of Object.keys(shape) as (keyof Shape)[]) {
    if (shape[limit] > documentLimits[limit]) throw new EstateError('TOO_LARGE', { limit, max: documentLimits[limit] });
  }
  const cost = getComplexity({
    schema,
    query: document,
    ...(operation.name ? { operationName: operation.name.value } : {}),
    variables: { ...variables },
    estimators: [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })],
  });
  if (cost > documentLimits.cost) throw new EstateError('TOO_LARGE', { limit: 'cost', max: documentLimits.cost });
}
