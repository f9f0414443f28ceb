import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { KeyAlgorithm } from '../../../domain/algorithms.js';
import type { JsonObject } from '../../../domain/entity.js';
import type {
  KeyTemplate,
  LifecyclePolicy,
  RotationPolicy,
  TemplateKey,
  TemplateState,
  TemplateTarget,
  TemplateType,
} from '../../../domain/template.js';
import { connectionOf } from '../connection.js';
import { InitialKeyStateEnum, KeyAlgorithmEnum, TemplateStateEnum, TemplateTypeEnum } from '../enums.js';
import { JsonObjectScalar } from '../scalars/json-object.js';
import { TrackedType } from './tracked-type.js';

@ObjectType('RotationPolicy', { simpleResolvers: true, description: 'The key rotates by itself.' })
export class RotationPolicyType implements RotationPolicy {
  @Field(() => Int)
  readonly intervalDays!: number;
}

@ObjectType('LifecyclePolicy', { simpleResolvers: true, description: 'Which dates move the state by themselves.' })
export class LifecyclePolicyType implements LifecyclePolicy {
  @Field(() => Boolean)
  readonly activateOnDate!: boolean;

  @Field(() => Boolean)
  readonly deactivateOnDate!: boolean;

  @Field(() => Boolean)
  readonly destroyOnDate!: boolean;
}

@ObjectType('TemplateTarget', { simpleResolvers: true, description: 'Every keystore of this type in the vault that carries the group.' })
export class TemplateTargetType implements TemplateTarget {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => String)
  readonly keystoreType!: string;

  @Field(() => String)
  readonly group!: string;

  @Field(() => String, { nullable: true, description: 'Names the key in these keystores; without it the label is used.' })
  readonly namingScheme!: string | null;

  @Field(() => JsonObjectScalar, { description: 'Attributes of the keystore type, as `keystoreTypes { targetAttributes }` says.' })
  readonly attributes!: JsonObject;
}

@ObjectType('TemplateKey', { simpleResolvers: true, description: 'What keys of a template are like.' })
export class TemplateKeyType implements TemplateKey {
  @Field(() => KeyAlgorithmEnum)
  readonly algorithm!: KeyAlgorithm;

  @Field(() => String, { description: 'Bits, or the name of the curve.' })
  readonly size!: string;

  @Field(() => String, { nullable: true, description: 'ISO 8601 date period from the day of creation.' })
  readonly activationPeriod!: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601 date period from the activation date.' })
  readonly expirationPeriod!: string | null;

  @Field(() => InitialKeyStateEnum)
  readonly initialState!: TemplateKey['initialState'];

  @Field(() => Boolean, { description: 'Whether rotation deactivates the earlier versions.' })
  readonly deactivateOnRotation!: boolean;

  @Field(() => RotationPolicyType, { nullable: true })
  readonly rotationPolicy!: RotationPolicy | null;

  @Field(() => LifecyclePolicyType)
  readonly lifecyclePolicy!: LifecyclePolicy;
}

@ObjectType('KeyTemplate', { simpleResolvers: true, description: 'The recipe that keys are made from.' })
export class KeyTemplateType extends TrackedType implements Omit<KeyTemplate, 'retiredFrom'> {
  @Field(() => ID)
  readonly vaultId!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly description!: string;

  @Field(() => String, { nullable: true })
  readonly namingScheme!: string | null;

  @Field(() => [TemplateTypeEnum])
  readonly types!: readonly TemplateType[];

  @Field(() => TemplateStateEnum)
  readonly state!: TemplateState;

  @Field(() => Int, { description: 'Grows with each change that keys can be aligned to.' })
  readonly version!: number;

  @Field(() => TemplateKeyType)
  readonly key!: TemplateKey;

  @Field(() => [TemplateTargetType])
  readonly targets!: readonly TemplateTarget[];
}

export const KeyTemplateConnection = connectionOf('KeyTemplate', KeyTemplateType);
