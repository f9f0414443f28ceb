/** A vault with keystores and a template, and short ways to work with its keys. */
import type { Id } from '../../../src/domain/entity.js';
import type { EstateError } from '../../../src/domain/errors.js';
import type { Keystore } from '../../../src/domain/keystore.js';
import type { KeyInstance, KeyVersion, ManagedKey } from '../../../src/domain/managed-key.js';
import type { KeyTemplate } from '../../../src/domain/template.js';
import type { Call } from '../../../src/services/call.js';
import { createKeystore } from '../../../src/services/keystores/create.js';
import { createManagedKey } from '../../../src/services/managed-keys/create.js';
import type { Operation } from '../../../src/services/operation.js';
import { type PerformOptions, perform } from '../../../src/services/perform.js';
import { createKeyTemplate } from '../../../src/services/templates/create.js';
import { createVault } from '../../../src/services/vaults/create.js';
import { cloudDriver } from '../../fakes/cloud-keystore.js';
import { type TestEstate, type TestEstateOptions, testEstate } from '../../fakes/estate.js';

export interface KeyEstate extends TestEstate {
  readonly vaultId: Id;
  readonly ring: Keystore;
  readonly template: KeyTemplate;
  run<Input, Output>(operation: Operation<Input, Output>, input: unknown, options?: PerformOptions, call?: Call): Promise<Output>;
  /** The code with which an operation is refused. */
  refusal<Input>(operation: Operation<Input, unknown>, input: unknown, call?: Call): Promise<string>;
  make(fields?: object): Promise<ManagedKey>;
  makeTemplate(fields?: object): Promise<KeyTemplate>;
  key(id: Id): Promise<ManagedKey>;
  versions(id: Id): Promise<readonly KeyVersion[]>;
  instances(id: Id): Promise<readonly KeyInstance[]>;
  blobs(): Promise<number>;
}

export const aes = { algorithm: 'AES', size: '256' };
export const ringTarget = { keystoreType: 'internal', group: 'ring' };
export const cloudTarget = { keystoreType: 'cloud', group: 'cloud' };

/** A vault with an internal keystore `ring` and a template `plain`; the keystore type `cloud` is there to be used. */
export async function keyEstate(options: TestEstateOptions = {}): Promise<KeyEstate> {
  const at = await testEstate({ drivers: [cloudDriver()], ...options });
  const { read } = at.estate.store;
  const run: KeyEstate['run'] = async (operation, input, performOptions = {}, call = at.admin) =>
    await perform(at.estate, call, operation, input, performOptions);
  const { id: vaultId } = await run(createVault, { name: 'payments' });
  const ring = await run(createKeystore, { vaultId, type: 'internal', name: 'ring' });
  const makeTemplate = async (fields: object = {}) =>
    await run(createKeyTemplate, { vaultId, name: 'plain', key: aes, targets: [ringTarget], ...fields });
  const template = await makeTemplate();
  let count = 0;
  return {
    ...at,
    vaultId,
    ring,
    template,
    run,
    makeTemplate,
    refusal: async (operation, input, call = at.admin) => {
      const thrown = await perform(at.estate, call, operation, input).then(
        () => undefined,
        (error: unknown) => error as EstateError,
      );
      return thrown?.code ?? 'DONE';
    },
    make: async (fields = {}) => {
      count += 1;
      const named = 'template' in fields || 'templateName' in fields ? {} : { templateId: template.id };
      const labelled = 'namingValues' in fields ? {} : { label: `key-${count}` };
      return await run(createManagedKey, { vaultId, ...named, ...labelled, ...fields });
    },
    key: async (id) => {
      const key = await read.get('managedKey', id);
      if (!key) throw new Error('there is no such key');
      return key;
    },
    versions: async (id) => await read.find('keyVersion', { managedKeyId: { eq: id } }),
    instances: async (id) => await read.find('keyInstance', { managedKeyId: { eq: id } }),
    blobs: async () => await read.count('keyBlob', { ownerKind: { in: ['KEY_VERSION', 'IMPORT_KEY'] } }),
  };
}
