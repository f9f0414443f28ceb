import type { ErrorKind } from '../../domain/errors.js';
import type { Call } from '../call.js';
import type { Measurements } from './measurements.js';

/** Starts the clock of one operation; what it answers stops it and counts how the operation ended. */
export function operationMeasured(
  measurements: Measurements,
  { face }: Pick<Call, 'face'>,
  { name }: { readonly name: string },
): (outcome: 'success' | ErrorKind) => void {
  const began = performance.now();
  return (outcome) => {
    measurements.count('operations', [name, face, outcome]);
    measurements.observe('operationSeconds', [name], (performance.now() - began) / 1000);
  };
}
