import type { Call } from '../call.js';
import type { Estate } from '../estate.js';

/** What the key management service stands on; less than an estate, since the estate's internal keystore stands on it. */
export type KmsFoundation = Pick<Estate, 'store' | 'hsm' | 'log' | 'now' | 'newId'>;

/** One change inside the service: who makes it, and when. */
export interface KmsContext {
  readonly estate: KmsFoundation;
  readonly call: Call;
  readonly now: string;
}
