import { Entity } from 'typeorm';
import type { Id } from '../../../domain/entity.js';
import type { KeyRing } from '../../../domain/kms.js';
import { Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('key_ring')
export class KeyRingRow extends TrackedRow implements KeyRing {
  @Text()
  name!: string;

  @TextOrNull()
  keystoreId!: Id | null;

  @TextOrNull()
  vaultId!: Id | null;
}
