import { Entity } from 'typeorm';
import type { Id } from '../../../domain/entity.js';
import type { InstanceState, InstanceVersion } from '../../../domain/managed-key.js';
import { Integer, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('instance_version')
export class InstanceVersionRow extends TrackedRow implements InstanceVersion {
  @Text()
  keyInstanceId!: Id;

  @Text()
  keyVersionId!: Id;

  @Integer()
  version!: number;

  @TextOrNull()
  remoteVersionId!: string | null;

  @TextOrNull()
  fingerprint!: string | null;

  @Text()
  state!: InstanceState;
}
