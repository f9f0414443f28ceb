import type { Call } from '../../services/call.js';
import type { Estate } from '../../services/estate.js';
import type { Operation } from '../../services/operation.js';
import { type PerformOptions, perform } from '../../services/perform.js';
import { type Loaders, loadersFor } from './loaders.js';

/** What resolvers have at hand: the caller's way to operations, and batched reads for nested fields. */
export interface GraphqlContext {
  readonly estate: Estate;
  readonly call: Call;
  readonly loaders: Loaders;
  /** @throws EstateError */
  perform<Input, Output>(operation: Operation<Input, Output>, input: unknown, options?: GraphqlOptions): Promise<Output>;
}

/** The options of a change as arguments carry them. */
export interface GraphqlOptions {
  readonly dryRun?: boolean | null;
  readonly clientToken?: string | null;
}

/** One request's context. */
export function graphqlContext(estate: Estate, call: Call): GraphqlContext {
  return {
    estate,
    call,
    loaders: loadersFor(estate, call),
    perform: (operation, input, options) => perform(estate, call, operation, input, performOptions(options)),
  };
}

function performOptions(options: GraphqlOptions = {}): PerformOptions {
  return { dryRun: options.dryRun ?? false, ...(options.clientToken == null ? {} : { clientToken: options.clientToken }) };
}
