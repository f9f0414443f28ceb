import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { KeyAlgorithm } from '../../../domain/algorithms.js';
import type { JsonObject } from '../../../domain/entity.js';
import type { TemplateState, TemplateType } from '../../../domain/template.js';
import { keyTemplateSortFields } from '../../../services/templates/list.js';
import { InitialKeyStateEnum, KeyAlgorithmEnum, TemplateStateEnum, TemplateTypeEnum } from '../enums.js';
import { DayOrMoment } from '../scalars/day-or-moment.js';
import { JsonObjectScalar } from '../scalars/json-object.js';
import { UpdateInput } from './object-inputs.js';
import { PagingArgs } from './paging-args.js';
import { type SortInput, sortInput } from './sort-input.js';

@InputType('RotationPolicyInput')
export class RotationPolicyInput {
  @Field(() => Int)
  readonly intervalDays!: number;
}

@InputType('LifecyclePolicyInput', { description: 'What is left out is false.' })
export class LifecyclePolicyInput {
  @Field(() => Boolean, { nullable: true })
  readonly activateOnDate?: boolean | null;

  @Field(() => Boolean, { nullable: true })
  readonly deactivateOnDate?: boolean | null;

  @Field(() => Boolean, { nullable: true })
  readonly destroyOnDate?: boolean | null;
}

@InputType()
abstract class TemplateKeyFields {
  @Field(() => String, { nullable: true, description: 'ISO 8601 date period from the day of creation, for example `P1Y`.' })
  readonly activationPeriod?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 8601 date period from the activation date.' })
  readonly expirationPeriod?: string | null;

  @Field(() => InitialKeyStateEnum, { nullable: true, description: 'ACTIVE without it.' })
  readonly initialState?: 'PRE_ACTIVATION' | 'ACTIVE' | null;

  @Field(() => Boolean, { nullable: true })
  readonly deactivateOnRotation?: boolean | null;

  @Field(() => RotationPolicyInput, { nullable: true })
  readonly rotationPolicy?: RotationPolicyInput | null;

  @Field(() => LifecyclePolicyInput, { nullable: true })
  readonly lifecyclePolicy?: LifecyclePolicyInput | null;
}

@InputType('TemplateKeyInput')
export class TemplateKeyInput extends TemplateKeyFields {
  @Field(() => KeyAlgorithmEnum)
  readonly algorithm!: KeyAlgorithm;

  @Field(() => String, { description: 'Bits, or the name of the curve.' })
  readonly size!: string;
}

@InputType('UpdateTemplateKeyInput')
class UpdateTemplateKeyInput extends TemplateKeyFields {
  @Field(() => String, { nullable: true })
  readonly size?: string | null;
}

@InputType('TemplateTargetInput')
export class TemplateTargetInput {
  @Field(() => String, { description: 'A type of `keystoreTypes`.' })
  readonly keystoreType!: string;

  @Field(() => String, { description: 'Every keystore of the type in the vault that carries this group gets the key.' })
  readonly group!: string;

  @Field(() => String, { nullable: true })
  readonly namingScheme?: string | null;

  @Field(() => JsonObjectScalar, { nullable: true })
  readonly attributes?: JsonObject | null;
}

@InputType('CreateKeyTemplateInput')
export class CreateKeyTemplateInput {
  @Field(() => ID)
  readonly vaultId!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => String, { nullable: true, description: 'Names keys, for example `<APP>-<ENV>-<yyyy>`.' })
  readonly namingScheme?: string | null;

  @Field(() => TemplateKeyInput)
  readonly key!: TemplateKeyInput;

  @Field(() => [TemplateTargetInput])
  readonly targets!: readonly TemplateTargetInput[];

  @Field(() => TemplateStateEnum, { nullable: true, description: 'UNARCHIVED without it.' })
  readonly state?: TemplateState | null;
}

@InputType('UpdateKeyTemplateInput')
export class UpdateKeyTemplateInput extends UpdateInput {
  @Field(() => String, { nullable: true })
  readonly name?: string | null;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => UpdateTemplateKeyInput, { nullable: true })
  readonly key?: UpdateTemplateKeyInput | null;

  @Field(() => [TemplateTargetInput], { nullable: true })
  readonly targets?: readonly TemplateTargetInput[] | null;
}

@InputType('KeyTemplateFilter')
class KeyTemplateFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly vaultIds?: readonly string[] | null;

  @Field(() => String, { nullable: true, description: 'Begins with.' })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'Contains.' })
  readonly namingScheme?: string | null;

  @Field(() => [KeyAlgorithmEnum], { nullable: true })
  readonly algorithms?: readonly KeyAlgorithm[] | null;

  @Field(() => String, { nullable: true })
  readonly size?: string | null;

  @Field(() => Int, { nullable: true })
  readonly sizeMin?: number | null;

  @Field(() => Int, { nullable: true })
  readonly sizeMax?: number | null;

  @Field(() => [String], { nullable: true })
  readonly keystoreTypes?: readonly string[] | null;

  @Field(() => [String], { nullable: true })
  readonly groups?: readonly string[] | null;

  @Field(() => [TemplateTypeEnum], { nullable: true })
  readonly types?: readonly TemplateType[] | null;

  @Field(() => [TemplateStateEnum], { nullable: true })
  readonly states?: readonly TemplateState[] | null;

  @Field(() => DayOrMoment, { nullable: true })
  readonly createdAt?: string | null;

  @Field(() => DayOrMoment, { nullable: true })
  readonly createdAtMin?: string | null;

  @Field(() => DayOrMoment, { nullable: true })
  readonly createdAtMax?: string | null;

  @Field(() => DayOrMoment, { nullable: true })
  readonly updatedAt?: string | null;

  @Field(() => DayOrMoment, { nullable: true })
  readonly updatedAtMin?: string | null;

  @Field(() => DayOrMoment, { nullable: true })
  readonly updatedAtMax?: string | null;
}

const KeyTemplateSort = sortInput('KeyTemplate', keyTemplateSortFields);

@ArgsType()
export class KeyTemplatesArgs extends PagingArgs {
  @Field(() => KeyTemplateFilter, { nullable: true })
  readonly filter?: KeyTemplateFilter | null;

  @Field(() => [KeyTemplateSort], { nullable: true })
  readonly sort?: readonly SortInput[] | null;
}

@ArgsType()
export class KeyTemplateArgs {
  @Field(() => ID, { nullable: true })
  readonly id?: string | null;

  @Field(() => ID, { nullable: true, description: 'With the name, instead of the id.' })
  readonly vaultId?: string | null;

  @Field(() => String, { nullable: true })
  readonly name?: string | null;
}
