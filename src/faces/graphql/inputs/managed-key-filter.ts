import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { KeyAlgorithm } from '../../../domain/algorithms.js';
import type { KeyState } from '../../../domain/key-state.js';
import type { StatusInKeystore, SyncFlag } from '../../../domain/sync-state.js';
import type { TemplateType } from '../../../domain/template.js';
import { managedKeySortFields } from '../../../services/managed-keys/list.js';
import { AlignmentStatusEnum, KeyAlgorithmEnum, KeyStateEnum, StatusInKeystoreEnum, SyncFlagEnum, TemplateTypeEnum } from '../enums.js';
import { DayOrMoment } from '../scalars/day-or-moment.js';
import { DateOnly } from '../scalars/plain-date.js';
import { PagingArgs } from './paging-args.js';
import { type SortInput, sortInput } from './sort-input.js';

@InputType('ManagedKeyFilter', { description: 'All that are given must hold. `Min` and `Max` include their bound.' })
class ManagedKeyFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly vaultIds?: readonly string[] | null;

  @Field(() => [KeyAlgorithmEnum], { nullable: true })
  readonly algorithms?: readonly KeyAlgorithm[] | null;

  @Field(() => [KeyStateEnum], { nullable: true, description: 'PRE_ACTIVATION and ACTIVE without it, unless ids are given.' })
  readonly states?: readonly KeyState[] | null;

  @Field(() => String, { nullable: true, description: 'Contains.' })
  readonly label?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly activationDate?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly activationDateMin?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly activationDateMax?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly expirationDate?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly expirationDateMin?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly expirationDateMax?: string | null;

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

  @Field(() => DayOrMoment, { nullable: true })
  readonly rotatedAtMin?: string | null;

  @Field(() => DayOrMoment, { nullable: true })
  readonly rotatedAtMax?: string | null;

  @Field(() => String, { nullable: true, description: 'Bits, or the name of the curve.' })
  readonly size?: string | null;

  @Field(() => Int, { nullable: true, description: 'Bits; keys on curves are in no range.' })
  readonly sizeMin?: number | null;

  @Field(() => Int, { nullable: true })
  readonly sizeMax?: number | null;

  @Field(() => [String], { nullable: true })
  readonly keystoreTypes?: readonly string[] | null;

  @Field(() => [String], { nullable: true })
  readonly keystoreNames?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly keystoreIds?: readonly string[] | null;

  @Field(() => [SyncFlagEnum], { nullable: true, description: 'Some instance of the key has one of these.' })
  readonly syncFlags?: readonly SyncFlag[] | null;

  @Field(() => String, { nullable: true, description: 'Begins with.' })
  readonly templateName?: string | null;

  @Field(() => [ID], { nullable: true })
  readonly templateIds?: readonly string[] | null;

  @Field(() => [TemplateTypeEnum], { nullable: true })
  readonly templateTypes?: readonly TemplateType[] | null;

  @Field(() => [AlignmentStatusEnum], { nullable: true })
  readonly alignmentStatuses?: readonly string[] | null;

  @Field(() => String, { nullable: true })
  readonly tagName?: string | null;

  @Field(() => String, { nullable: true })
  readonly tagValue?: string | null;
}

const ManagedKeySort = sortInput('ManagedKey', managedKeySortFields);

@ArgsType()
export class ManagedKeysArgs extends PagingArgs {
  @Field(() => ManagedKeyFilter, { nullable: true })
  readonly filter?: ManagedKeyFilter | null;

  @Field(() => [ManagedKeySort], { nullable: true })
  readonly sort?: readonly SortInput[] | null;
}

@ArgsType()
export class KeyVersionsArgs extends PagingArgs {
  @Field(() => ID)
  readonly managedKeyId!: string;
}

@InputType('KeyInstanceFilter')
class KeyInstanceFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly managedKeyIds?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly keystoreIds?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly vaultIds?: readonly string[] | null;

  @Field(() => [SyncFlagEnum], { nullable: true })
  readonly syncFlags?: readonly SyncFlag[] | null;

  @Field(() => [StatusInKeystoreEnum], { nullable: true })
  readonly statuses?: readonly StatusInKeystore[] | null;
}

@ArgsType()
export class KeyInstancesArgs extends PagingArgs {
  @Field(() => KeyInstanceFilter, { nullable: true })
  readonly filter?: KeyInstanceFilter | null;
}
