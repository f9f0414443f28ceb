/** How much one document may ask for. */
import { type DocumentNode, GraphQLError, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { fieldExtensionsEstimator, getComplexity, simpleEstimator } from 'graphql-query-complexity';
import { EstateError } from '../../../domain/errors.js';
import { type Shape, shapeOf } from './selections.js';

export const documentLimits = {
  /** Lexical tokens of the document, checked while it is read. */
  tokens: 5_000,
  /** Fields below one another. */
  depth: 12,
  /** Brackets of any kind within one another, introspection included. */
  nesting: 100,
  aliases: 50,
  directives: 50,
  /** Operations in one document: each top-level field is authorised and audited by itself. */
  rootFields: 20,
  /** Fields, with those of a fragment counted wherever it is spread. */
  fields: 10_000,
  /** One scalar of one entity costs 1; a page of 500 keys with all that belongs to them about 85,000. */
  cost: 150_000,
} as const;

export interface Prepared {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** @throws EstateError TOO_LARGE that names the limit */
export function refuseTooCostly(schema: GraphQLSchema, prepared: Prepared): void {
  const { shape, cost } = measured(schema, prepared);
  for (const limit of Object.keys(shape) as (keyof Shape)[]) {
    if (shape[limit] > documentLimits[limit]) throw new EstateError('TOO_LARGE', { limit, max: documentLimits[limit] });
  }
  if (cost() > documentLimits.cost) throw new EstateError('TOO_LARGE', { limit: 'cost', max: documentLimits.cost });
}

interface Measures {
  readonly shape: Shape;
  /** By what the cost depends on in the variables. */
  readonly costs: Map<string, number>;
}

/** Apollo keeps documents it has read, so the same ones come again; what they measure is kept as long as they are. */
const known = new WeakMap<OperationDefinitionNode, Measures>();
const mostCosts = 100;

function measured(schema: GraphQLSchema, prepared: Prepared): { readonly shape: Shape; readonly cost: () => number } {
  const { document, operation, variables } = prepared;
  const measures = known.get(operation) ?? { shape: shapeOf(document, operation), costs: new Map<string, number>() };
  known.set(operation, measures);
  const cost = () => {
    const dependsOn = JSON.stringify(costlyPart(variables));
    const cost = measures.costs.get(dependsOn) ?? costOf(schema, prepared);
    if (measures.costs.size >= mostCosts) measures.costs.clear();
    measures.costs.set(dependsOn, cost);
    return cost;
  };
  return { shape: measures.shape, cost };
}

/** What of the variables a cost may depend on: which are there, numbers, switches, and how long lists are. Texts are not. */
function costlyPart(value: unknown): unknown {
  if (typeof value === 'string') return '';
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([name, member]) => [name, costlyPart(member)]);
}

/** @throws EstateError TOO_LARGE, INPUT_INVALID */
function costOf(schema: GraphQLSchema, { document, operation, variables }: Prepared): number {
  try {
    return getComplexity({
      schema,
      query: document,
      ...(operation.name ? { operationName: operation.name.value } : {}),
      variables: { ...variables },
      estimators: [fieldExtensionsEstimator(), simpleEstimator({ defaultComplexity: 1 })],
      maxQueryNodes: documentLimits.fields,
    });
  } catch (thrown) {
    if (!(thrown instanceof GraphQLError)) throw thrown;
    if (/number of nodes/.test(thrown.message)) throw new EstateError('TOO_LARGE', { limit: 'fields', max: documentLimits.fields });
    // The only other errors of it are about arguments, and their messages may repeat values.
    const issues = [{ path: '', message: 'an argument has no value that its place takes' }];
    throw new EstateError('INPUT_INVALID', { issues }, { cause: thrown });
  }
}
