import { Entity } from 'typeorm';
import type { Id, Timestamp } from '../../../domain/entity.js';
import type { InstanceState, KeyInstance } from '../../../domain/managed-key.js';
import type { StatusInKeystore, SyncDetail, SyncFlag } from '../../../domain/sync-state.js';
import { Integer, JsonOrNull, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('key_instance')
export class KeyInstanceRow extends TrackedRow implements KeyInstance {
  @Text()
  managedKeyId!: Id;

  @Text()
  keystoreId!: Id;

  @Text()
  vaultId!: Id;

  @TextOrNull()
  targetId!: Id | null;

  @Text()
  desiredState!: InstanceState;

  @Text()
  name!: string;

  @TextOrNull()
  remoteId!: string | null;

  @Text()
  status!: StatusInKeystore;

  @Text()
  syncFlag!: SyncFlag;

  @Text()
  syncDetail!: SyncDetail;

  @JsonOrNull()
  error!: KeyInstance['error'];

  @Integer()
  attempts!: number;

  @TextOrNull()
  nextAttemptAt!: Timestamp | null;

  @TextOrNull()
  verifiedAt!: Timestamp | null;

  @TextOrNull()
  pendingUntil!: Timestamp | null;
}
