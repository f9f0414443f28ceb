import { Entity } from 'typeorm';
import type { Id } from '../../../domain/entity.js';
import type { KmsKeyState, KmsKeyVersion } from '../../../domain/kms.js';
import { Integer, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('kms_key_version')
export class KmsKeyVersionRow extends TrackedRow implements KmsKeyVersion {
  @Text()
  kmsKeyId!: Id;

  @Integer()
  version!: number;

  @Text()
  state!: KmsKeyState;

  @TextOrNull()
  blobId!: Id | null;

  @TextOrNull()
  keyVersionId!: Id | null;

  @Text()
  fingerprint!: string;
}
