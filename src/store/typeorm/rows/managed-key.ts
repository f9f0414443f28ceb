import { Entity } from 'typeorm';
import type { KeyAlgorithm } from '../../../domain/algorithms.js';
import type { Id, PlainDate, Timestamp } from '../../../domain/entity.js';
import type { KeyState } from '../../../domain/key-state.js';
import type { KeyOrigin, ManagedKey, Tag } from '../../../domain/managed-key.js';
import type { OwnSetting } from '../../../domain/own-settings.js';
import type { LifecyclePolicy, RotationPolicy, TemplateTarget } from '../../../domain/template.js';
import { Flag, Integer, Json, JsonOrNull, Text, TextOrNull } from '../columns.js';
import { TrackedRow } from './tracked.js';

@Entity('managed_key')
export class ManagedKeyRow extends TrackedRow implements ManagedKey {
  @Text()
  vaultId!: Id;

  @Text()
  templateId!: Id;

  @Integer()
  templateVersion!: number;

  @Text()
  label!: string;

  @Text()
  description!: string;

  @Text()
  state!: KeyState;

  @Text()
  algorithm!: KeyAlgorithm;

  @Text()
  size!: string;

  @Text()
  origin!: KeyOrigin;

  @Integer()
  version!: number;

  @TextOrNull()
  activationDate!: PlainDate | null;

  @TextOrNull()
  expirationDate!: PlainDate | null;

  @TextOrNull()
  destructionDate!: PlainDate | null;

  @Json()
  tags!: readonly Tag[];

  @Json()
  labelTags!: readonly Tag[];

  @Json()
  targets!: readonly TemplateTarget[];

  @Flag()
  deactivateOnRotation!: boolean;

  @JsonOrNull()
  rotationPolicy!: RotationPolicy | null;

  @Json()
  lifecyclePolicy!: LifecyclePolicy;

  @Json()
  ownSettings!: readonly OwnSetting[];

  @TextOrNull()
  rotatedAt!: Timestamp | null;

  @TextOrNull()
  rotationForcedAt!: Timestamp | null;

  @TextOrNull()
  nextRotationAt!: Timestamp | null;

  @TextOrNull()
  activatedAt!: Timestamp | null;

  @TextOrNull()
  deactivatedAt!: Timestamp | null;

  @TextOrNull()
  compromisedAt!: Timestamp | null;

  @TextOrNull()
  destroyAt!: Timestamp | null;

  @TextOrNull()
  destroyedAt!: Timestamp | null;
}
