import { EstateError } from '../domain/errors.js';
import type { Reader, Writer } from '../store/contract.js';
import { inputDigest } from './canonical-input.js';
import { invalidInput } from './invalid-input.js';
import type { ChangeOperation, Context } from './operation.js';
import type { PerformOptions } from './perform.js';

/** What a call's client token means: an earlier result, or one to remember. Without a token it does nothing. */
export interface ClientTokenUse<Output> {
  /** @throws EstateError CLIENT_TOKEN_REUSED when the token was used with other input. */
  earlierResult(reader: Reader): Promise<{ readonly output: Output } | undefined>;
  remember(tx: Writer, output: Output): Promise<void>;
}

/** @throws EstateError INPUT_INVALID when the operation takes no client token, or not of this form. */
export function clientTokenUse<Input, Output>(
  context: Context,
  operation: ChangeOperation<Input, unknown, unknown, Output>,
  input: Input,
  options: PerformOptions,
): ClientTokenUse<Output> {
  const { repeat } = operation;
  const { clientToken: token } = options;
  if (token === undefined) return { earlierResult: async () => undefined, remember: async () => {} };
  if (!repeat) throw invalidInput({ path: 'clientToken', message: 'only operations that create something take one' });
  if (!/^[\x21-\x7e]{1,128}$/.test(token)) throw invalidInput({ path: 'clientToken', message: 'must be 1 to 128 printable characters' });
  const { estate, call, now } = context;
  const digest = inputDigest(estate, operation, input);
  return {
    earlierResult: async (reader) => {
      const [used] = await reader.find('clientToken', {
        principalId: { eq: call.principal.id },
        operation: { eq: operation.name },
        token: { eq: token },
      });
      if (!used) return undefined;
      if (used.inputDigest !== digest) throw new EstateError('CLIENT_TOKEN_REUSED');
      return { output: await repeat.again(context, used.resultId) };
    },
    remember: async (tx, output) => {
      const author = { createdAt: now, createdBy: call.principal.id, updatedAt: now, updatedBy: call.principal.id };
      const fields = { principalId: call.principal.id, operation: operation.name, token, inputDigest: digest };
      await tx.insert('clientToken', { id: estate.newId(), revision: 1, ...author, ...fields, resultId: repeat.idOf(output) });
    },
  };
}
