import { EstateError } from '../../../domain/errors.js';

/** How much the variables of one request may hold; 1,000 items of several fields fit. */
export const variableLimits = {
  /** Values at any depth, lists and objects included. */
  variableValues: 20_000,
  /** Members of one object. */
  variableMembers: 200,
  /** Lists and objects within one another. */
  variableDepth: 20,
} as const;

interface Step {
  readonly value: unknown;
  readonly depth: number;
}

/**
 * Refuses variables that nobody could look through in time. Without recursion, and done before anything else looks at
 * them: coercion takes its time for each value, and would not survive deep ones.
 * @throws EstateError TOO_LARGE that names the limit
 */
export function refuseVastVariables(variables: unknown): void {
  const waiting: Step[] = [{ value: variables, depth: 0 }];
  let seen = 0;
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    if (typeof step.value !== 'object' || step.value === null) continue;
    if (step.depth > variableLimits.variableDepth) refuse('variableDepth');
    const members = Array.isArray(step.value) ? step.value : Object.values(step.value);
    if (members !== step.value && members.length > variableLimits.variableMembers) refuse('variableMembers');
    seen += members.length;
    if (seen > variableLimits.variableValues) refuse('variableValues');
    for (const value of members) waiting.push({ value, depth: step.depth + 1 });
  }
}

function refuse(limit: keyof typeof variableLimits): never {
  throw new EstateError('TOO_LARGE', { limit, max: variableLimits[limit] });
}
