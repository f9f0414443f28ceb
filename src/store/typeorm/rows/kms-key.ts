import { Entity } from 'typeorm';
import type { Id, Timestamp } from '../../../domain/entity.js';
import type { KmsKey, KmsKeyKind, KmsKeyState } from '../../../domain/kms.js';
import { Flag, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('kms_key')
export class KmsKeyRow extends TrackedRow implements KmsKey {
  @Text()
  ringId!: Id;

  @TextOrNull()
  vaultId!: Id | null;

  @Text()
  kind!: KmsKeyKind;

  @Text()
  name!: string;

  @Text()
  description!: string;

  @Text()
  state!: KmsKeyState;

  @Flag()
  extractable!: boolean;

  @TextOrNull()
  managedKeyId!: Id | null;

  @TextOrNull()
  pendingUntil!: Timestamp | null;
}
