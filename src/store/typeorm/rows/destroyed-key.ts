import { Entity } from 'typeorm';
import type { DestroyedKey } from '../../../domain/destroyed-key.js';
import type { Timestamp } from '../../../domain/entity.js';
import { TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('destroyed_key')
export class DestroyedKeyRow extends TrackedRow implements DestroyedKey {
  @TextOrNull()
  toldAt!: Timestamp | null;
}
