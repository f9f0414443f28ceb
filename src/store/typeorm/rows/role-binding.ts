import { Entity } from 'typeorm';
import type { Id } from '../../../domain/entity.js';
import type { RoleBinding, Scope } from '../../../domain/principal.js';
import { Json, Text } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('role_binding')
export class RoleBindingRow extends TrackedRow implements RoleBinding {
  @Text()
  principalId!: Id;

  @Text()
  roleId!: string;

  @Json()
  scope!: Scope;
}
