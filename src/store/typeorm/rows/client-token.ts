import { Entity } from 'typeorm';
import type { ClientToken } from '../../../domain/bookkeeping.js';
import { Text } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('client_token')
export class ClientTokenRow extends TrackedRow implements ClientToken {
  @Text()
  principalId!: string;

  @Text()
  operation!: string;

  @Text()
  token!: string;

  @Text()
  inputDigest!: string;

  @Text()
  resultId!: string;
}
