import type { Call } from '../../services/call.js';
import type { Estate } from '../../services/estate.js';
import type { Operation } from '../../services/operation.js';
import { type PerformOptions, perform } from '../../services/perform.js';
import { type Loaders, loadersFor } from './loaders.js';

/** What resolvers have at hand: the caller's way to operations, and batched reads for nested fields. */
export interface GraphqlContext {
  readonly estate: Estate;
  readonly call: Call;
  /** Reads of nested fields; made anew after each change, so that nothing old is answered. */
  readonly loaders: Loaders;
  renewLoaders(): void;
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
  let loaders = loadersFor(estate, call);
  const renewLoaders = () => {
    loaders = loadersFor(estate, call);
  };
  return {
    estate,
    call,
    get loaders() {
      return loaders;
    },
    renewLoaders,
    perform: async (operation, input, options) => {
      const output = await perform(estate, call, operation, input, performOptions(options));
      if (operation.effect === 'CHANGE') renewLoaders();
      return output;
    },
  };
}

function performOptions(options: GraphqlOptions = {}): PerformOptions {
  return { dryRun: options.dryRun ?? false, ...(options.clientToken == null ? {} : { clientToken: options.clientToken }) };
}
