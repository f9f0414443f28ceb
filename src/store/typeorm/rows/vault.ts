import { Entity } from 'typeorm';
import type { HolderState, Vault } from '../../../domain/vault.js';
import { Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('vault')
export class VaultRow extends TrackedRow implements Vault {
  @Text()
  name!: string;

  @Text()
  description!: string;

  @TextOrNull()
  recoveryKeyLabel!: string | null;

  @Text()
  state!: HolderState;
}
