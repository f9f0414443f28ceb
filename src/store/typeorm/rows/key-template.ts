import { Entity } from 'typeorm';
import type { Id } from '../../../domain/entity.js';
import type { KeyTemplate, TemplateKey, TemplateState, TemplateTarget, TemplateType } from '../../../domain/template.js';
import { Integer, Json, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('key_template')
export class KeyTemplateRow extends TrackedRow implements KeyTemplate {
  @Text()
  vaultId!: Id;

  @Text()
  name!: string;

  @Text()
  description!: string;

  @TextOrNull()
  namingScheme!: string | null;

  @Json()
  types!: readonly TemplateType[];

  @Text()
  state!: TemplateState;

  @TextOrNull()
  retiredFrom!: Exclude<TemplateState, 'RETIRED'> | null;

  @Integer()
  version!: number;

  @Json()
  key!: TemplateKey;

  @Json()
  targets!: readonly TemplateTarget[];
}
