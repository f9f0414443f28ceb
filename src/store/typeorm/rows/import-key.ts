import { Entity } from 'typeorm';
import type { Id, Timestamp } from '../../../domain/entity.js';
import type { ImportKey } from '../../../domain/managed-key.js';
import { Bytes, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('import_key')
export class ImportKeyRow extends TrackedRow implements ImportKey {
  @Text()
  vaultId!: Id;

  @Text()
  managedKeyId!: Id;

  @Text()
  blobId!: Id;

  @Bytes()
  publicKey!: Uint8Array;

  @Text()
  expiresAt!: Timestamp;

  @TextOrNull()
  usedAt!: Timestamp | null;

  @Text()
  initialState!: ImportKey['initialState'];
}
