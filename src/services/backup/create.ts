import { bytesToHex } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { treeRoot } from '../../domain/audit-log.js';
import { checkpointBody, checkpointOrigin } from '../../domain/checkpoint.js';
import type { Timestamp } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { Snapshot } from '../../store/contract.js';
import { type LogSigner, logSigner } from '../audit/log-signer.js';
import type { Estate } from '../estate.js';
import { onInstance } from '../everywhere.js';
import { use } from '../operation.js';
import { type BackupManifest, backupFormat, signedText } from './format.js';
import type { BackupStorage, StoredBackup } from './storage.js';
import { backupBytes } from './write.js';

/** A backup that was just made. */
export interface Backup extends StoredBackup {
  readonly name: string;
  readonly createdAt: Timestamp;
  /** Events of the audit log in it. */
  readonly auditSize: number;
  /** Whether the HSM signed it; a sealed one cannot. */
  readonly isSigned: boolean;
}

/**
 * Writes an encrypted backup of one moment of the estate, while everything else goes on. Announced before: the backup
 * holds the event of its own beginning. On a sealed HSM it is made without signatures.
 * @throws EstateError BACKUP_NOT_CONFIGURED, BACKUP_UNDER_WAY, BACKUP_NOT_WRITTEN
 */
export const createBackup = use({
  name: 'createBackup',
  action: 'backup.create',
  announces: true,
  input: z.strictObject({}),
  place: onInstance('backup'),
  use: async ({ estate, now }) => {
    const { backups } = estate;
    if (!backups) throw new EstateError('BACKUP_NOT_CONFIGURED');
    const output = await written(estate, backups, now);
    const { name, size, sha256, auditSize, isSigned } = output;
    return { output, details: { name, size, sha256, auditSize, isSigned } };
  },
});

async function written(estate: Estate, backups: BackupStorage, createdAt: Timestamp): Promise<Backup> {
  // Before the snapshot: where this makes the signing key, the backup must hold it.
  const { sealed } = await estate.hsm.status();
  const signer = sealed ? null : await logSigner(estate);
  const name = `kyok-${createdAt.replaceAll(/[-:.]/g, '')}-${estate.newId().slice(-12)}.age`;
  return await estate.store.snapshot(async (snapshot) => {
    const manifest = await manifestOf(estate, backups.schema, createdAt, snapshot, signer);
    const content = backupBytes({
      manifest,
      snapshot,
      files: () => backups.files(),
      sign: async (sha256) => (await signer?.sign(signedText(estate.instanceId, sha256))) ?? null,
    });
    const stored = await backups.write(name, content);
    return { ...stored, name, createdAt, auditSize: manifest.audit.size, isSigned: signer !== null };
  });
}

async function manifestOf(
  estate: Estate,
  schema: string,
  createdAt: Timestamp,
  { audit }: Snapshot,
  signer: LogSigner | null,
): Promise<BackupManifest> {
  const { instanceId, version, hsm } = estate;
  const size = await audit.size();
  const root = await treeRoot(size, (level, position) => audit.node(level, position));
  const { implementation } = await hsm.status();
  const checkpoint = await signer?.sign(checkpointBody({ origin: checkpointOrigin(instanceId), size, root }));
  return {
    format: backupFormat,
    kyok: version,
    instanceId,
    createdAt,
    schema,
    hsm: { implementation, memoryGeneration: signer ? (await hsm.memory.read()).generation : null },
    audit: { size, root: bytesToHex(root), checkpoint: checkpoint ?? null },
    verifierKey: signer?.verifierKey ?? null,
  };
}
