import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { KmsFoundation } from './foundation.js';

/** No crypto unit keeps the key open. One that does not answer or holds no master key has nothing open to forget. */
export async function forgetKey({ hsm, log }: KmsFoundation, keyId: Id): Promise<void> {
  try {
    await hsm.forget([keyId]);
  } catch (err) {
    if (!(err instanceof EstateError && err.kind === 'sealed')) throw err;
    log.debug({ keyId }, 'no crypto unit to forget the key');
  }
}
