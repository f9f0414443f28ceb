/** The server's own keys inside the HSM, each made when it is first needed. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { KeySpec } from '../domain/algorithms.js';
import { EstateError } from '../domain/errors.js';
import type { BlobContext, KeyBlob } from '../domain/key-blob.js';
import type { KeyAttributes, KeyRef } from '../hsm/contract.js';
import type { Reader, Writer } from '../store/contract.js';
import type { Estate } from './estate.js';

interface SystemKeyKind {
  readonly spec: KeySpec;
  readonly attributes: KeyAttributes;
}

const systemKeyKinds = {
  /** Encrypts the connection secrets of keystores. */
  'keystore-secrets': { spec: { algorithm: 'AES', size: '256' }, attributes: { usages: ['ENCRYPT', 'DECRYPT'], extractable: false } },
  /** Signs the audit log's checkpoints. */
  'audit-checkpoint': { spec: { algorithm: 'ED25519', size: 'ED25519' }, attributes: { usages: ['SIGN', 'VERIFY'], extractable: false } },
} as const satisfies Record<string, SystemKeyKind>;
export type SystemKeyPurpose = keyof typeof systemKeyKinds;

/** A key of the server, ready for the HSM. */
export interface SystemKey extends KeyRef {
  /** Id of its blob, which names it. */
  readonly id: string;
  readonly context: BlobContext;
  /** DER SubjectPublicKeyInfo of asymmetric keys. */
  readonly publicKey: Uint8Array | null;
}

/** The key of this purpose; the first call makes it. Several first calls at once end with the same key. */
export async function systemKey(estate: Estate, purpose: SystemKeyPurpose): Promise<SystemKey> {
  return (await existing(estate.store.read, purpose)) ?? (await create(estate, purpose));
}

/**
 * A key of the server by the id it was used under, current or not.
 * @throws EstateError BLOB_REFUSED when it is gone
 */
export async function systemKeyById(estate: Estate, id: string): Promise<SystemKey> {
  const blob = await estate.store.read.get('keyBlob', id);
  if (blob?.ownerKind !== 'SYSTEM_KEY') throw new EstateError('BLOB_REFUSED');
  return asSystemKey(blob);
}

const settingName = (purpose: SystemKeyPurpose) => `system-key:${purpose}`;

async function existing(reader: Reader, purpose: SystemKeyPurpose): Promise<SystemKey | undefined> {
  const [setting] = await reader.find('systemSetting', { name: { eq: settingName(purpose) } }, 1);
  const blob = setting && (await reader.get('keyBlob', setting.value));
  return blob && asSystemKey(blob);
}

async function create(estate: Estate, purpose: SystemKeyPurpose): Promise<SystemKey> {
  const { spec, attributes } = systemKeyKinds[purpose];
  const context: BlobContext = { keyId: estate.newId(), version: 1, vaultId: null };
  const made = await estate.hsm.generateKey(spec, attributes, context);
  const now = estate.now();
  const tracked = { revision: 1, createdAt: now, createdBy: 'kyok-setup', updatedAt: now, updatedBy: 'kyok-setup' };
  const blob: KeyBlob = {
    ...tracked,
    id: context.keyId,
    ownerKind: 'SYSTEM_KEY',
    ownerId: context.keyId,
    context,
    blob: made.blob,
    masterKeyId: bytesToHex(made.masterKeyId),
    publicKey: made.publicKey,
  };
  return await estate.store.write(async (tx: Writer) => {
    const earlier = await existing(tx, purpose);
    if (earlier) return earlier;
    await tx.insert('keyBlob', blob);
    await tx.insert('systemSetting', { ...tracked, id: estate.newId(), name: settingName(purpose), value: blob.id });
    return asSystemKey(blob);
  });
}

function asSystemKey({ id, blob, context, publicKey }: KeyBlob): SystemKey {
  return { id, blob, context: context ?? { keyId: id, version: 1, vaultId: null }, publicKey };
}
