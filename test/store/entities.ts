/** Entities to put into a store; what a test cares about is given, the rest is filled in. */
import { randomUUID } from 'node:crypto';
import type { AuditEvent } from '../../src/domain/audit-event.js';
import type { Tracked } from '../../src/domain/entity.js';
import type { Keystore } from '../../src/domain/keystore.js';
import type { KeyInstance, ManagedKey } from '../../src/domain/managed-key.js';
import type { Vault } from '../../src/domain/vault.js';
import type { Entities, Noun } from '../../src/store/contract.js';

const time = '2026-11-23T12:00:00.000Z';

export function tracked(): Tracked {
  return { id: randomUUID(), revision: 1, createdAt: time, createdBy: 'somebody', updatedAt: time, updatedBy: 'somebody' };
}

export function vault(fields: Partial<Vault> = {}): Vault {
  return { ...tracked(), name: 'retail', description: '', recoveryKeyLabel: null, state: 'ACTIVE', ...fields };
}

export function keystore(fields: Partial<Keystore> & Pick<Keystore, 'vaultId'>): Keystore {
  return {
    ...tracked(),
    type: 'internal',
    name: 'ring',
    description: '',
    groups: ['ring'],
    tlsProxy: null,
    location: '',
    connection: {},
    sealedSecrets: null,
    pendingDestructionSeconds: null,
    state: 'ACTIVE',
    healthStatus: 'PENDING_CHECK',
    healthMessage: '',
    lastHeartbeatAt: null,
    ...fields,
  };
}

export function managedKey(fields: Partial<ManagedKey> & Pick<ManagedKey, 'vaultId'>): ManagedKey {
  return {
    ...tracked(),
    templateId: randomUUID(),
    templateVersion: 1,
    label: 'key',
    description: '',
    state: 'ACTIVE',
    algorithm: 'AES',
    size: '256',
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
    lifecyclePolicy: { activateOnDate: false, deactivateOnDate: false, destroyOnDate: false },
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
}

export function keyInstance(fields: Partial<KeyInstance> & Pick<KeyInstance, 'vaultId' | 'managedKeyId' | 'keystoreId'>): KeyInstance {
  return {
    ...tracked(),
    targetId: null,
    desiredState: 'ACTIVE',
    name: 'key',
    remoteId: null,
    status: 'UNKNOWN',
    syncFlag: 'VERIFYING_SYNC',
    syncDetail: 'UNKNOWN',
    error: null,
    attempts: 0,
    nextAttemptAt: time,
    verifiedAt: null,
    pendingUntil: null,
    ...fields,
  };
}

/** One entity of every noun, each complete, every reference in it met by another. */
export function everyNoun(): { readonly [N in Noun]: Entities[N] } {
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  const aVault = vault({ description: 'Ünïcode ☂ 𝄞 "quoted" \\ line\nbreak', recoveryKeyLabel: 'R' });
  const vaultId = aVault.id;
  const aKeystore = keystore({ vaultId, connection: { region: 'eu', ports: [1, 2] }, sealedSecrets: bytes, pendingDestructionSeconds: 7 });
  const own = {
    rotationPolicy: { intervalDays: 3 },
    deactivateOnRotation: true,
    ownSettings: ['DEACTIVATE_ON_ROTATION', 'ROTATION_POLICY'],
  } as const;
  const aKey = managedKey({ vaultId, tags: [{ name: 'a', value: 'b' }], ...own });
  const managedKeyId = aKey.id;
  const aVersion = {
    ...tracked(),
    managedKeyId,
    vaultId,
    version: 1,
    state: 'ACTIVE',
    blobId: randomUUID(),
    publicKey: bytes,
    verificationPatterns: [{ method: 'ENC-ZERO', value: 'abc' }],
    encryptionsCounted: 2 ** 32,
  } as const;
  const anInstance = keyInstance({ vaultId, managedKeyId, keystoreId: aKeystore.id, error: { code: 'C', message: 'm', remedy: 'r' } });
  const ring = { ...tracked(), name: 'ring', keystoreId: aKeystore.id, vaultId };
  const kmsKey = {
    ...tracked(),
    ringId: ring.id,
    vaultId,
    kind: 'ROOT',
    name: 'n',
    description: '',
    state: 'ACTIVE',
    extractable: true,
    managedKeyId,
    pendingUntil: null,
  } as const;
  const principal = { ...tracked(), kind: 'USER', name: 'p', description: '' } as const;
  const principalId = principal.id;
  const noPolicy = { activateOnDate: false, deactivateOnDate: true, destroyOnDate: false };
  return {
    vault: aVault,
    keystore: aKeystore,
    keyTemplate: {
      ...tracked(),
      vaultId,
      name: 't',
      description: '',
      namingScheme: null,
      types: ['USER_DEFINED', 'SHADOW'],
      state: 'UNARCHIVED',
      retiredFrom: null,
      version: 1,
      key: {
        algorithm: 'AES',
        size: '256',
        activationPeriod: 'P1D',
        expirationPeriod: null,
        initialState: 'ACTIVE',
        deactivateOnRotation: false,
        rotationPolicy: null,
        lifecyclePolicy: noPolicy,
      },
      targets: [
        { id: randomUUID(), keystoreType: 'internal', group: 'ring', namingScheme: null, attributes: { nested: { deep: [true, null] } } },
      ],
    },
    managedKey: aKey,
    keyVersion: aVersion,
    keyInstance: anInstance,
    instanceVersion: {
      ...tracked(),
      keyInstanceId: anInstance.id,
      keyVersionId: aVersion.id,
      version: 1,
      remoteVersionId: null,
      fingerprint: 'f',
      state: 'ACTIVE',
    },
    importKey: {
      ...tracked(),
      vaultId,
      managedKeyId,
      blobId: randomUUID(),
      publicKey: bytes,
      expiresAt: time,
      usedAt: null,
      initialState: 'ACTIVE',
    },
    keyBlob: {
      ...tracked(),
      ownerKind: 'KEY_VERSION',
      ownerId: aVersion.id,
      context: { keyId: managedKeyId, version: 1, vaultId },
      blob: bytes,
      masterKeyId: 'ab',
      publicKey: new Uint8Array(),
    },
    destroyedKey: { ...tracked(), toldAt: null },
    keyRing: ring,
    kmsKey,
    kmsKeyVersion: {
      ...tracked(),
      kmsKeyId: kmsKey.id,
      version: 1,
      state: 'SUSPENDED',
      blobId: null,
      keyVersionId: aVersion.id,
      fingerprint: 'f',
    },
    principal,
    apiKey: { ...tracked(), principalId, name: 'k', secretHash: 'hash', expiresAt: null, revokedAt: null },
    role: { ...tracked(), name: 'r', description: '', actions: ['a.read', 'b.write'] },
    roleBinding: { ...tracked(), principalId, roleId: 'VaultAdministrator', scope: { kind: 'VAULT', id: vaultId } },
    clientToken: { ...tracked(), principalId, operation: 'vault.create', token: 't', inputDigest: 'd', resultId: vaultId },
    systemSetting: { ...tracked(), name: 'instance-id', value: 'v' },
    expiryNotice: { ...tracked(), subjectId: managedKeyId, expiresAt: time, noticeDays: 30 },
  };
}

export function auditEvent(fields: Partial<AuditEvent> = {}): AuditEvent {
  return {
    v: 1,
    id: randomUUID(),
    time,
    action: 'vault.create',
    ibmAction: null,
    outcome: 'SUCCESS',
    severity: 'NORMAL',
    reason: { code: 200, type: 'OK' },
    initiator: { principalId: 'somebody', name: 'Some Body', kind: 'USER', credentialId: null, face: 'graphql', address: null },
    target: { kind: 'vault', id: null, name: null, vaultId: null },
    requestId: 'r',
    count: 1,
    dryRun: false,
    details: {},
    ...fields,
  };
}
