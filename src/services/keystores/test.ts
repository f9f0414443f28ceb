import { z } from 'zod';
import { checkKeystoreHealth, type KeystoreHealth } from '../keystore-health.js';
import { use } from '../operation.js';
import { id } from '../rules.js';
import { keystorePlace } from './place.js';

/** Connects to a keystore and tells what it found; a keystore that cannot be reached is an answer, not an error. */
export const testKeystore = use({
  name: 'testKeystore',
  action: 'keystore.test',
  input: z.strictObject({ id }),
  missing: 'KEYSTORE_NOT_FOUND',
  place: keystorePlace,
  use: async ({ estate }, _input, keystore): Promise<{ output: KeystoreHealth; details: { healthStatus: string } }> => {
    const health = await checkKeystoreHealth(estate, keystore);
    return { output: health, details: { healthStatus: health.healthStatus } };
  },
});
