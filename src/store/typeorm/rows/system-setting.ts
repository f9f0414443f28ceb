import { Entity } from 'typeorm';
import type { SystemSetting } from '../../../domain/bookkeeping.js';
import { Text } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('system_setting')
export class SystemSettingRow extends TrackedRow implements SystemSetting {
  @Text()
  name!: string;

  @Text()
  value!: string;
}
