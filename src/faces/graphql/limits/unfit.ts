import type { GraphQLSchema } from 'graphql';
import { EstateError } from '../../../domain/errors.js';
import { refuseWrongVariables } from '../variables.js';
import { type Prepared, refuseTooCostly } from './limits.js';
import { refuseVastVariables } from './variables.js';

/** Refuses what must not run though it is valid. @throws EstateError INPUT_INVALID, TOO_LARGE */
export function refuseUnfit(schema: GraphQLSchema, prepared: Prepared): void {
  refuseTooMuch(schema, prepared);
  refuseWrongVariables(schema, prepared.operation, prepared.variables);
}

/**
 * The same for whoever hears of variables of wrong types from the execution: going through them once more, only to refuse
 * none of them, costs a long list of items as much again. @throws EstateError INPUT_INVALID, TOO_LARGE
 */
export function refuseTooMuch(schema: GraphQLSchema, prepared: Prepared): void {
  refuseVastVariables(prepared.variables);
  try {
    refuseTooCostly(schema, prepared);
  } catch (error) {
    // What it costs cannot be told of wrong variables; what is wrong with them can.
    if (error instanceof EstateError && error.code === 'INPUT_INVALID') {
      refuseWrongVariables(schema, prepared.operation, prepared.variables);
    }
    throw error;
  }
}
