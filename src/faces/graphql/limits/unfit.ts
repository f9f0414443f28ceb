import type { GraphQLSchema } from 'graphql';
import { refuseWrongVariables } from '../variables.js';
import { type Prepared, refuseTooCostly } from './limits.js';
import { refuseVastVariables } from './variables.js';

/** Refuses what must not run though it is valid. @throws EstateError INPUT_INVALID, TOO_LARGE */
export function refuseUnfit(schema: GraphQLSchema, prepared: Prepared): void {
  refuseVastVariables(prepared.variables);
  refuseWrongVariables(schema, prepared.operation, prepared.variables);
  refuseTooCostly(schema, prepared);
}
