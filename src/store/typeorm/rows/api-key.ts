import { Entity } from 'typeorm';
import type { Id, Timestamp } from '../../../domain/entity.js';
import type { ApiKey } from '../../../domain/principal.js';
import { Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('api_key')
export class ApiKeyRow extends TrackedRow implements ApiKey {
  @Text()
  principalId!: Id;

  @Text()
  name!: string;

  @Text()
  secretHash!: string;

  @TextOrNull()
  expiresAt!: Timestamp | null;

  @TextOrNull()
  revokedAt!: Timestamp | null;
}
