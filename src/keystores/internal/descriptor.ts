import { supportedSizes } from '../../domain/algorithms.js';
import type { KeystoreTypeDescriptor } from '../../domain/keystore.js';

/**
 * The internal keystore type. IBM's internal keystores allow names of 2 to 50 letters, digits and spaces only, which
 * no naming scheme with hyphens (`app-env-2029`) can meet; here the label's own rule holds, so that every managed key
 * that can be named can be placed.
 */
export const internalDescriptor: KeystoreTypeDescriptor = {
  type: 'internal',
  title: 'Internal keystore',
  description: 'A ring of the built-in key management service: its keys encrypt, wrap and sign through this server.',
  fields: [],
  targetAttributes: [],
  algorithms: supportedSizes(),
  keyNameRule: {
    min: 1,
    max: 255,
    pattern: /^[A-Za-z0-9._ /-]+$/,
    form: 'letters, digits, spaces and ._/-',
  },
  capabilities: {
    rename: true,
    cancelDestruction: true,
    deactivatedDecrypts: true,
    rotationDeactivatesOlder: false,
    holdsKeysForUse: true,
    destroysAtOnce: true,
  },
  deactivatedMeans: 'Encrypting, wrapping and signing are refused; decrypting, unwrapping and verifying still work.',
};
