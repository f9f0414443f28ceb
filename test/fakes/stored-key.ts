import type { KeyInstance, ManagedKey } from '../../src/domain/managed-key.js';
import type { KeyTemplate } from '../../src/domain/template.js';
import type { Estate } from '../../src/services/estate.js';

const algorithm = { algorithm: 'AES', size: '256' } as const;
const planningOnly = { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false };

function tracked(estate: Estate) {
  const now = estate.now();
  return { id: estate.newId(), revision: 1, createdAt: now, createdBy: 'test', updatedAt: now, updatedBy: 'test' };
}

/** A template put straight into the store. */
export async function storedTemplate(estate: Estate, vaultId: string, fields: Partial<KeyTemplate> = {}): Promise<KeyTemplate> {
  const template: KeyTemplate = {
    ...tracked(estate),
    vaultId,
    name: 'template',
    description: '',
    namingScheme: null,
    types: ['USER_DEFINED'],
    state: 'UNARCHIVED',
    retiredFrom: null,
    version: 1,
    key: {
      ...algorithm,
      activationPeriod: null,
      expirationPeriod: null,
      initialState: 'ACTIVE',
      deactivateOnRotation: false,
      rotationPolicy: null,
      lifecyclePolicy: planningOnly,
    },
    targets: [],
    ...fields,
  };
  await estate.store.write((tx) => tx.insert('keyTemplate', template));
  return template;
}

/** A managed key put straight into the store: a record without material. */
export async function storedKey(
  estate: Estate,
  vaultId: string,
  templateId: string,
  fields: Partial<ManagedKey> = {},
): Promise<ManagedKey> {
  const key: ManagedKey = {
    ...tracked(estate),
    vaultId,
    templateId,
    templateVersion: 1,
    label: 'key',
    description: '',
    state: 'ACTIVE',
    ...algorithm,
    origin: 'GENERATED',
    version: 1,
    activationDate: null,
    expirationDate: null,
    destructionDate: null,
    tags: [],
    labelTags: [],
    targets: [],
    deactivateOnRotation: false,
    rotationPolicy: null,
    lifecyclePolicy: planningOnly,
    ownSettings: [],
    rotatedAt: null,
    rotationForcedAt: null,
    nextRotationAt: null,
    activatedAt: null,
    deactivatedAt: null,
    compromisedAt: null,
    destroyAt: null,
    destroyedAt: null,
    ...fields,
  };
  await estate.store.write((tx) => tx.insert('managedKey', key));
  return key;
}

/** A copy of a key in a keystore, put straight into the store. */
export async function storedInstance(
  estate: Estate,
  key: ManagedKey,
  keystoreId: string,
  fields: Partial<KeyInstance> = {},
): Promise<KeyInstance> {
  const instance: KeyInstance = {
    ...tracked(estate),
    managedKeyId: key.id,
    keystoreId,
    vaultId: key.vaultId,
    targetId: null,
    desiredState: 'ACTIVE',
    name: key.label,
    remoteId: 'remote',
    status: 'ACTIVE',
    syncFlag: 'OK',
    syncDetail: 'ACTIVE_KEY_IS_ACTIVE_IN_KEYSTORE',
    error: null,
    attempts: 0,
    nextAttemptAt: null,
    verifiedAt: null,
    pendingUntil: null,
    ...fields,
  };
  await estate.store.write((tx) => tx.insert('keyInstance', instance));
  return instance;
}
