import { Entity } from 'typeorm';
import type { Principal, PrincipalKind } from '../../../domain/principal.js';
import { Text } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('principal')
export class PrincipalRow extends TrackedRow implements Principal {
  @Text()
  kind!: PrincipalKind;

  @Text()
  name!: string;

  @Text()
  description!: string;
}
