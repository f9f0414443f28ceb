import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { KeyAlgorithm } from '../../../domain/algorithms.js';
import type { KeyState } from '../../../domain/key-state.js';
import type { KeyOrigin, ManagedKey, Tag } from '../../../domain/managed-key.js';
import type { OwnSetting } from '../../../domain/own-settings.js';
import type { LifecyclePolicy, RotationPolicy, TemplateTarget } from '../../../domain/template.js';
import { connectionOf } from '../connection.js';
import { KeyAlgorithmEnum, KeyOriginEnum, KeyStateEnum, OwnSettingEnum } from '../enums.js';
import { DateTime } from '../scalars/date-time.js';
import { DateOnly } from '../scalars/plain-date.js';
import { LifecyclePolicyType, RotationPolicyType, TemplateTargetType } from './key-template-type.js';
import { TrackedType } from './tracked-type.js';

@ObjectType('Tag', { simpleResolvers: true })
export class TagType implements Tag {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly value!: string;
}

@ObjectType('ManagedKey', {
  simpleResolvers: true,
  description: 'One logical key: a name, a lifecycle, versions of material, and copies in every keystore of its targets.',
})
export class ManagedKeyType extends TrackedType implements ManagedKey {
  @Field(() => ID)
  readonly vaultId!: string;

  @Field(() => ID)
  readonly templateId!: string;

  @Field(() => Int, { description: 'Version of the template that the key follows.' })
  readonly templateVersion!: number;

  @Field(() => String)
  readonly label!: string;

  @Field(() => String)
  readonly description!: string;

  @Field(() => KeyStateEnum)
  readonly state!: KeyState;

  @Field(() => KeyAlgorithmEnum)
  readonly algorithm!: KeyAlgorithm;

  @Field(() => String, { description: 'Bits, or the name of the curve.' })
  readonly size!: string;

  @Field(() => KeyOriginEnum)
  readonly origin!: KeyOrigin;

  @Field(() => Int, { description: 'Number of the current version; 1 is the first material.' })
  readonly version!: number;

  @Field(() => DateOnly, { nullable: true })
  readonly activationDate!: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly expirationDate!: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly destructionDate!: string | null;

  @Field(() => [TagType])
  readonly tags!: readonly Tag[];

  @Field(() => [TagType], { description: 'The placeholders of the naming scheme and what they became.' })
  readonly labelTags!: readonly Tag[];

  @Field(() => [TemplateTargetType])
  readonly targets!: readonly TemplateTarget[];

  @Field(() => Boolean)
  readonly deactivateOnRotation!: boolean;

  @Field(() => RotationPolicyType, { nullable: true })
  readonly rotationPolicy!: RotationPolicy | null;

  @Field(() => LifecyclePolicyType)
  readonly lifecyclePolicy!: LifecyclePolicy;

  @Field(() => [OwnSettingEnum], { description: 'Set on the key itself; its other settings follow the template by alignment.' })
  readonly ownSettings!: readonly OwnSetting[];

  @Field(() => DateTime, { nullable: true })
  readonly rotatedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the current version neared its limit of encryptions, so that the key is rotated whatever its policy.',
  })
  readonly rotationForcedAt!: string | null;

  @Field(() => DateTime, { nullable: true })
  readonly nextRotationAt!: string | null;

  @Field(() => DateTime, { nullable: true })
  readonly activatedAt!: string | null;

  @Field(() => DateTime, { nullable: true })
  readonly deactivatedAt!: string | null;

  @Field(() => DateTime, { nullable: true })
  readonly compromisedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'End of the pending period; null when no destruction is scheduled.' })
  readonly destroyAt!: string | null;

  @Field(() => DateTime, { nullable: true })
  readonly destroyedAt!: string | null;
}

export const ManagedKeyConnection = connectionOf('ManagedKey', ManagedKeyType);
