/** Encrypting under a key's current version; `encrypt`, `wrapKey` and `rewrapKey` stand on it. */
import type { Mechanism } from '../../domain/algorithms.js';
import { ciphertextAad, ciphertextHeader, ciphertextOf } from '../../domain/ciphertext.js';
import { countsEncryptions } from '../../domain/encryption-limit.js';
import { EstateError } from '../../domain/errors.js';
import type { Estate } from '../estate.js';
import { countEncryptions } from './count-encryptions.js';
import { type Outcome, outcomeOf } from './items.js';
import { mechanismFor } from './mechanism.js';
import { currentVersion, type UsableKey } from './usable-key.js';

/** Data to protect; the associated data is bound to the ciphertext and not contained in it. */
export interface ClearItem {
  readonly data: Uint8Array;
  readonly aad?: Uint8Array | undefined;
}

/** Each item encrypted under the current version; the header in front names key and version and is authenticated. */
export async function protect(
  estate: Estate,
  key: UsableKey,
  items: readonly ClearItem[],
): Promise<readonly Outcome<{ readonly ciphertext: Uint8Array }>[]> {
  const version = currentVersion(key);
  const mechanism = mechanismFor(key.spec, 'ENCRYPTION', undefined);
  const header = ciphertextHeader({ mechanism, keyId: key.managedKey.id, version: version.version });
  const sent = items.map(({ data, aad }) => ({ data, ...boundData(mechanism, header, aad) }));
  if (countsEncryptions(mechanism)) await countEncryptions(estate, key.managedKey, version.version, items.length);
  const results = await estate.hsm.encrypt(version.ref, mechanism, sent);
  return items.map((_, index) => outcomeOf(results[index], (data) => ({ ciphertext: ciphertextOf(header, data) })));
}

/**
 * What is authenticated besides the data: the header, then the caller's own. Only AES-GCM can.
 * @throws EstateError MECHANISM_UNSUPPORTED for associated data with another mechanism
 */
export function boundData(mechanism: Mechanism, header: Uint8Array, aad: Uint8Array | undefined): { readonly aad?: Uint8Array } {
  if (mechanism === 'AES_GCM') return { aad: ciphertextAad(header, aad) };
  if (aad !== undefined && aad.length > 0) throw new EstateError('MECHANISM_UNSUPPORTED', { associatedData: 'AES keys only' });
  return {};
}
