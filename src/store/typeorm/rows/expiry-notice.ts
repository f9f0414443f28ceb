import { Entity } from 'typeorm';
import type { Timestamp } from '../../../domain/entity.js';
import type { ExpiryNotice } from '../../../domain/expiry.js';
import { Integer, Text } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('expiry_notice')
export class ExpiryNoticeRow extends TrackedRow implements ExpiryNotice {
  @Text()
  subjectId!: string;

  @Text()
  expiresAt!: Timestamp;

  @Integer()
  noticeDays!: number;
}
