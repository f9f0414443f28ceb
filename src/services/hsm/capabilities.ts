/** What the HSM of this server cannot do is refused before anything is made. */
import type { KeySpec, Mechanism, Purpose } from '../../domain/algorithms.js';
import { EstateError } from '../../domain/errors.js';
import type { Hsm, KeyCapability } from '../../hsm/contract.js';

type Able = Pick<Hsm, 'capabilities'>;

/** @throws EstateError HSM_CAPABILITY_MISSING with the keys that the HSM can make */
export function requireKeySpec(hsm: Able, { algorithm, size }: KeySpec): KeyCapability {
  const found = capabilityOf(hsm, { algorithm, size });
  if (found) return found;
  const supported = hsm.capabilities.keys.map((key) => `${key.algorithm} ${key.size}`);
  throw new EstateError('HSM_CAPABILITY_MISSING', { capability: 'key', algorithm, size, supported });
}

/** @throws EstateError HSM_CAPABILITY_MISSING with the keys whose material can come in */
export function requireImportable(hsm: Able, spec: KeySpec): void {
  if (requireKeySpec(hsm, spec).isImportable) return;
  const supported = hsm.capabilities.keys.filter((key) => key.isImportable).map((key) => `${key.algorithm} ${key.size}`);
  throw new EstateError('HSM_CAPABILITY_MISSING', { capability: 'import', algorithm: spec.algorithm, size: spec.size, supported });
}

/** Whether keys of this spec serve a purpose by a mechanism here. */
export function isAble(hsm: Able, spec: KeySpec, mechanism: Mechanism, purpose: Purpose): boolean {
  return capabilityOf(hsm, spec)?.uses.some((use) => use.mechanism === mechanism && use.purposes.includes(purpose)) ?? false;
}

function capabilityOf(hsm: Able, { algorithm, size }: KeySpec): KeyCapability | undefined {
  return hsm.capabilities.keys.find((key) => key.algorithm === algorithm && key.size === size);
}
