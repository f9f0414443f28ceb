import { EstateError } from '../domain/errors.js';
import type { HealthStatus, Keystore } from '../domain/keystore.js';
import type { KeystoreConnection } from '../keystores/contract.js';
import type { Estate } from './estate.js';
import { openKeystoreSecrets } from './keystore-secrets.js';

/**
 * Connects to a keystore with its opened secrets. The caller closes the connection.
 * @throws EstateError KEYSTORE_TYPE_UNKNOWN, HSM_SEALED, KEYSTORE_UNREACHABLE, KEYSTORE_REFUSED
 */
export async function connectKeystore(estate: Estate, keystore: Keystore): Promise<KeystoreConnection> {
  const driver = estate.keystoreTypes.driver(keystore.type);
  return await driver.connect(keystore, await openKeystoreSecrets(estate, keystore));
}

/** What a test of a connection found. */
export interface KeystoreHealth {
  readonly healthStatus: HealthStatus;
  readonly message: string;
  readonly location: string;
}

/**
 * Tests the connection to a keystore and records what was found, without a revision.
 * @throws EstateError when the test itself could not be made (HSM_SEALED …); a keystore that fails is an answer
 */
export async function checkKeystoreHealth(estate: Estate, keystore: Keystore): Promise<KeystoreHealth> {
  const health = await probe(estate, keystore);
  const heartbeat = health.healthStatus === 'OK' ? { lastHeartbeatAt: estate.now(), location: health.location } : {};
  await estate.store.write(async (tx) => {
    if (!(await tx.get('keystore', keystore.id))) return;
    await tx.observe('keystore', keystore.id, { healthStatus: health.healthStatus, healthMessage: health.message, ...heartbeat });
  });
  return health;
}

const failures: Partial<Record<string, HealthStatus>> = {
  KEYSTORE_UNREACHABLE: 'NOT_RESPONDING',
  RATE_LIMITED: 'NOT_RESPONDING',
  TIMED_OUT: 'NOT_RESPONDING',
  KEYSTORE_REFUSED: 'CONFIGURATION_ERROR',
  CAPABILITY_MISSING: 'CONFIGURATION_ERROR',
};

async function probe(estate: Estate, keystore: Keystore): Promise<KeystoreHealth> {
  try {
    const connection = await connectKeystore(estate, keystore);
    try {
      const { message, location } = await connection.test();
      return { healthStatus: 'OK', message, location };
    } finally {
      await connection.close();
    }
  } catch (error) {
    const healthStatus = error instanceof EstateError ? failures[error.code] : undefined;
    if (!healthStatus) throw error;
    return { healthStatus, message: (error as EstateError).message, location: keystore.location };
  }
}
