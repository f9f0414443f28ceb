/** The steps of a master key ceremony. They work while the HSM is sealed, and the server never sees a part in clear. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import type { MasterKeyRegisters } from '../../hsm/contract.js';
import { onInstance } from '../everywhere.js';
import { type Done, use } from '../operation.js';
import { bytes } from '../rules.js';

/** Patterns are no secret, and say which key it was about. */
const recordedPattern = (input: { readonly verificationPattern: Uint8Array }) => ({
  verificationPattern: bytesToHex(input.verificationPattern),
});

const verificationPattern = bytes(32).refine((value) => value.length === 32, { error: 'must be 32 bytes' });

/**
 * Lets an HSM without a ceremony, such as a PKCS#11 token, make its master key; once, on a fresh instance.
 * @throws EstateError HSM_CAPABILITY_MISSING, MASTER_KEY_STATE_FORBIDS
 */
export const initialiseMasterKey = use({
  name: 'initialiseMasterKey',
  action: 'master-key.initialise',
  announces: true,
  input: z.strictObject({}),
  place: onInstance('master-key'),
  use: async ({ estate }) => registers(await estate.hsm.masterKey.initialise()),
});

/**
 * Loads one of 2 or 3 parts into the new register, encrypted for each unit (RSA-OAEP-SHA-256).
 * @throws EstateError KEY_PART_INVALID, MASTER_KEY_STATE_FORBIDS
 */
export const loadMasterKeyPart = use({
  name: 'loadMasterKeyPart',
  action: 'master-key.load-part',
  announces: true,
  input: z.strictObject({
    part: z.int().min(1).max(3),
    total: z.int().min(2).max(3),
    byUnit: z
      .array(z.strictObject({ unit: z.int().min(0).max(255), encrypted: bytes(1024) }))
      .min(1)
      .max(64),
  }),
  recorded: ({ part, total, byUnit }) => ({ part, total, units: byUnit.map(({ unit }) => unit) }),
  place: onInstance('master-key'),
  use: async ({ estate }, part) => registers(await estate.hsm.masterKey.loadPart(part)),
});

/** Accepts the new register's key, which the operator names by its verification pattern. @throws EstateError MASTER_KEY_STATE_FORBIDS */
export const commitMasterKey = use({
  name: 'commitMasterKey',
  action: 'master-key.commit',
  announces: true,
  input: z.strictObject({ verificationPattern }),
  recorded: recordedPattern,
  place: onInstance('master-key'),
  use: async ({ estate }, input) => registers(await estate.hsm.masterKey.commit(input.verificationPattern)),
});

/**
 * Makes the committed key the current one: the first one of an instance, or the one that unseals it. While a master key
 * is in place this is refused, since no blob has been brought under the new one: none would open any more.
 * @throws EstateError MASTER_KEY_STATE_FORBIDS
 */
export const activateMasterKey = use({
  name: 'activateMasterKey',
  action: 'master-key.activate',
  announces: true,
  input: z.strictObject({ verificationPattern }),
  recorded: recordedPattern,
  place: onInstance('master-key'),
  use: async ({ estate }, input) => {
    const { current } = (await estate.hsm.status()).registers;
    if (current.state === 'VALID') throw new EstateError('MASTER_KEY_STATE_FORBIDS', { reason: 'CURRENT_REGISTER_VALID' });
    return registers(await estate.hsm.masterKey.activate(input.verificationPattern));
  },
});

/** Empties the new register. */
export const clearNewMasterKey = use({
  name: 'clearNewMasterKey',
  action: 'master-key.clear-new',
  announces: true,
  input: z.strictObject({}),
  place: onInstance('master-key'),
  use: async ({ estate }) => registers(await estate.hsm.masterKey.clearNew()),
});

/** Verification patterns identify a key and reveal nothing of it. */
function registers(output: MasterKeyRegisters): Done<MasterKeyRegisters> {
  const pattern = (value: Uint8Array | null) => value && bytesToHex(value);
  return {
    output,
    details: {
      current: { state: output.current.state, verificationPattern: pattern(output.current.verificationPattern) },
      new: { state: output.new.state, verificationPattern: pattern(output.new.verificationPattern) },
    },
  };
}
