/** The registry of keystore types. A new one is a folder beside `internal`, a line in each list, and its test. */
import { EstateError } from '../domain/errors.js';
import type { KeystoreTypeDescriptor } from '../domain/keystore.js';
import type { KeyManagementPort, KeystoreDriver } from './contract.js';
import { internalDescriptor } from './internal/descriptor.js';
import { internalKeystore } from './internal/internal-keystore.js';

/** What drivers need from the rest of the server. */
export interface DriverSurroundings {
  readonly keyManagement: KeyManagementPort;
}

/** Every keystore type's descriptor, without a server: what clients, schemas and documentation are made from. */
export function keystoreTypeDescriptors(): readonly KeystoreTypeDescriptor[] {
  return [internalDescriptor];
}

/** A driver of every keystore type. */
export function keystoreDrivers({ keyManagement }: DriverSurroundings): readonly KeystoreDriver[] {
  return [internalKeystore(keyManagement)];
}

/** The keystore types of a server, found by name. */
export function keystoreTypes(drivers: readonly KeystoreDriver[]) {
  const byType = new Map(drivers.map((driver) => [driver.descriptor.type, driver]));
  return {
    descriptors: drivers.map(({ descriptor }) => descriptor),
    /** @throws EstateError KEYSTORE_TYPE_UNKNOWN */
    driver: (type: string): KeystoreDriver => {
      const driver = byType.get(type);
      if (!driver) throw new EstateError('KEYSTORE_TYPE_UNKNOWN', { supported: [...byType.keys()] });
      return driver;
    },
  };
}
