import type { KeyManagementPort, KeystoreConnection, KeystoreDriver } from '../contract.js';
import { internalDescriptor } from './descriptor.js';

/** The internal keystore type over this server's own key management service. It needs no credentials. */
export function internalKeystore(service: KeyManagementPort): KeystoreDriver {
  return {
    descriptor: internalDescriptor,
    connect: async (keystore): Promise<KeystoreConnection> => {
      await service.ensureRing(keystore);
      return {
        test: async () => {
          await service.ensureRing(keystore);
          return { message: 'The ring is there.', location: 'local' };
        },
        inspect: async (key) => await service.inspectManagedKey(keystore.id, key.managedKeyId),
        install: async (key, version) => await service.installVersion(key, version),
        setVersionState: async (key, version, state) => await service.setVersionState(keystore.id, key.managedKeyId, version, state),
        setState: async (key, state) => await service.setState(keystore.id, key.managedKeyId, state),
        rename: async (key, name) => await service.rename(keystore.id, key.managedKeyId, name),
        scheduleDestruction: async (key, until) => await service.scheduleDestruction(keystore.id, key.managedKeyId, until),
        cancelDestruction: async (key) => await service.cancelDestruction(keystore.id, key.managedKeyId),
        destroy: async (key) => await service.destroy(keystore.id, key.managedKeyId),
        list: () => service.listManagedKeys(keystore.id),
        close: async () => {},
      };
    },
  };
}
