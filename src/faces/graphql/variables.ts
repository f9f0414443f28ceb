import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLSchema,
  isInputType,
  type OperationDefinitionNode,
  print,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { EstateError } from '../../domain/errors.js';
import { namesOnlyForms, withoutSuggestion } from './errors.js';

/** Most issues that one answer names. */
const maxIssues = 20;

/**
 * Refuses variables that are not of their types, with a path for each and without a word of the value: graphql-js's own
 * message would repeat it.
 * @throws EstateError INPUT_INVALID
 */
export function refuseWrongVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  const issues: Issue[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    if (issues.length >= maxIssues) break;
    issues.push(...issuesOf(schema, definition, variables[definition.variable.name.value], maxIssues - issues.length));
  }
  if (issues.length > 0) throw new EstateError('INPUT_INVALID', { issues });
}

interface Issue {
  readonly path: string;
  readonly message: string;
}

/** What is wrong with one variable. Looking ends at the last issue that is told: each one costs as much as it is long. */
function issuesOf(schema: GraphQLSchema, definition: VariableDefinitionNode, value: unknown, max: number): readonly Issue[] {
  const { variable, type: typeNode, defaultValue } = definition;
  const name = variable.name.value;
  const type = typeFromAST(schema, typeNode);
  if (!isInputType(type)) return [];
  if (value === undefined) {
    const isMissing = typeNode.kind === 'NonNullType' && !defaultValue;
    return isMissing ? [{ path: name, message: `is required: ${print(typeNode)}` }] : [];
  }
  const issues: Issue[] = [];
  try {
    coerceInputValue(value, type, (path, _invalid, error) => {
      issues.push({ path: [name, ...path].join('.'), message: toldOf(error) });
      if (issues.length >= max) throw enough;
    });
  } catch (thrown) {
    if (thrown !== enough) throw thrown;
  }
  return issues;
}

const enough = new Error('enough issues');

function toldOf(error: GraphQLError): string {
  const { originalError } = error;
  const message = withoutSuggestion(error.message);
  if (namesOnlyForms.some((form) => form.test(message))) return message;
  // Our own scalars say what they take, and nothing of what came.
  if (originalError instanceof TypeError) return originalError.message;
  return 'is not of the type that its place asks for';
}
