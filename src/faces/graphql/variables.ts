import {
  coerceInputValue,
  type GraphQLError,
  type GraphQLSchema,
  isInputType,
  type OperationDefinitionNode,
  print,
  typeFromAST,
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
  const issues: { path: string; message: string }[] = [];
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode);
    const value = variables[name];
    if (!isInputType(type)) continue;
    if (value === undefined) {
      const isMissing = typeNode.kind === 'NonNullType' && !defaultValue;
      if (isMissing) issues.push({ path: name, message: `is required: ${print(typeNode)}` });
      continue;
    }
    coerceInputValue(value, type, (path, _invalid, error) => issues.push({ path: [name, ...path].join('.'), message: toldOf(error) }));
  }
  if (issues.length > 0) throw new EstateError('INPUT_INVALID', { issues: issues.slice(0, maxIssues) });
}

function toldOf(error: GraphQLError): string {
  const { originalError } = error;
  const message = withoutSuggestion(error.message);
  if (namesOnlyForms.some((form) => form.test(message))) return message;
  // Our own scalars say what they take, and nothing of what came.
  if (originalError instanceof TypeError) return originalError.message;
  return 'is not of the type that its place asks for';
}
