import { Entity } from 'typeorm';
import type { Id } from '../../../domain/entity.js';
import type { KeyState } from '../../../domain/key-state.js';
import type { KeyVersion, VerificationPattern } from '../../../domain/managed-key.js';
import { BytesOrNull, Count, Integer, Json, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('key_version')
export class KeyVersionRow extends TrackedRow implements KeyVersion {
  @Text()
  managedKeyId!: Id;

  @Text()
  vaultId!: Id;

  @Integer()
  version!: number;

  @Text()
  state!: KeyState;

  @TextOrNull()
  blobId!: Id | null;

  @BytesOrNull()
  publicKey!: Uint8Array | null;

  @Json()
  verificationPatterns!: readonly VerificationPattern[];

  @Count()
  encryptionsCounted!: number;
}
