import { Entity } from 'typeorm';
import type { Role } from '../../../domain/principal.js';
import { Json, Text } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('role')
export class RoleRow extends TrackedRow implements Role {
  @Text()
  name!: string;

  @Text()
  description!: string;

  @Json()
  actions!: readonly string[];
}
