import { defaultMechanism, type KeySpec, type Mechanism, mechanismServes, mechanismsFor, type Purpose } from '../../domain/algorithms.js';
import { EstateError } from '../../domain/errors.js';

/**
 * The mechanism to use with a key: the one that was asked for, or the one that such keys take by default.
 * @throws EstateError MECHANISM_UNSUPPORTED with those that the key supports
 */
export function mechanismFor(spec: KeySpec, purpose: Purpose, asked: Mechanism | undefined): Mechanism {
  const mechanism = asked ?? defaultMechanism(spec, purpose);
  if (mechanism !== undefined && mechanismServes(spec.algorithm, mechanism, purpose)) return mechanism;
  throw new EstateError('MECHANISM_UNSUPPORTED', { purpose, algorithm: spec.algorithm, supported: mechanismsFor(spec.algorithm, purpose) });
}
