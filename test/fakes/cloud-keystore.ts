import { EstateError } from '../../src/domain/errors.js';
import type { KeystoreTypeDescriptor } from '../../src/domain/keystore.js';
import type { KeystoreConnection, KeystoreDriver } from '../../src/keystores/contract.js';

/** A keystore type with connection fields of every kind. Its connections answer tests and nothing else. */
export const cloudDescriptor: KeystoreTypeDescriptor = {
  type: 'cloud',
  title: 'Cloud',
  description: 'A cloud for tests.',
  fields: [
    field('region', { required: true, mutable: false, rule: { min: 3, max: 20, pattern: /^[a-z0-9-]+$/, form: 'a region' } }),
    field('access_key', { required: true, secret: true, rule: { min: 8, max: 64 } }),
    field('spare_key', { secret: true }),
    field('port', { type: 'INTEGER' }),
    field('variant', { type: 'ENUM', values: ['standard', 'premium'] }),
  ],
  targetAttributes: [
    field('protection_level', { type: 'ENUM', values: ['software', 'hsm'] }),
    field('operations', { type: 'ENUM_LIST', values: ['encrypt', 'sign'] }),
  ],
  algorithms: [{ algorithm: 'AES', sizes: ['256'] }],
  keyNameRule: { min: 1, max: 20, pattern: /^[A-Za-z0-9-]+$/, form: 'letters, digits and hyphens' },
  capabilities: {
    rename: true,
    cancelDestruction: true,
    deactivatedDecrypts: false,
    rotationDeactivatesOlder: false,
    holdsKeysForUse: false,
    destroysAtOnce: true,
  },
  deactivatedMeans: 'The key is disabled.',
};

function field(name: string, more: Partial<KeystoreTypeDescriptor['fields'][number]>): KeystoreTypeDescriptor['fields'][number] {
  return { name, title: name, type: 'STRING', required: false, secret: false, mutable: true, description: name, ...more };
}

export interface CloudDriver extends KeystoreDriver {
  /** Every connection that was asked for. */
  readonly connections: { readonly keystoreId: string; readonly secrets: Readonly<Record<string, string>> }[];
  /** What the next tests answer; `null` is a working keystore. */
  failure: 'KEYSTORE_UNREACHABLE' | 'KEYSTORE_REFUSED' | null;
}

export function cloudDriver(): CloudDriver {
  const driver: CloudDriver = {
    descriptor: cloudDescriptor,
    connections: [],
    failure: null,
    connect: async (keystore, secrets) => {
      driver.connections.push({ keystoreId: keystore.id, secrets });
      return connection(driver);
    },
  };
  return driver;
}

function connection(driver: CloudDriver): KeystoreConnection {
  const unasked = () => Promise.reject(new Error('these tests place no keys'));
  return {
    test: async () => {
      if (driver.failure) throw new EstateError(driver.failure);
      return { message: 'hello', location: 'nowhere' };
    },
    inspect: unasked,
    install: unasked,
    setVersionState: unasked,
    setState: unasked,
    rename: unasked,
    scheduleDestruction: unasked,
    cancelDestruction: unasked,
    destroy: unasked,
    // biome-ignore lint/correctness/useYield: there is nothing to list
    list: async function* () {
      await unasked();
    },
    close: async () => {},
  };
}
