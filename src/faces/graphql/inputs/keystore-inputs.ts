import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { HealthStatus, KeystoreDeleteMode } from '../../../domain/keystore.js';
import { keystoreSortFields } from '../../../services/keystores/list.js';
import { HealthStatusEnum, KeystoreDeleteModeEnum } from '../enums.js';
import { KeystoreConnectionInput, type KeystoreConnectionValue } from '../keystore-connection-input.js';
import { UpdateInput } from './object-inputs.js';
import { PagingArgs } from './paging-args.js';
import { type SortInput, sortInput } from './sort-input.js';

@InputType('CreateKeystoreInput')
export class CreateKeystoreInput {
  @Field(() => ID)
  readonly vaultId!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => [String], { nullable: true, description: 'Without any, the name of the keystore is its group.' })
  readonly groups?: readonly string[] | null;

  @Field(() => String, { nullable: true })
  readonly tlsProxy?: string | null;

  @Field(() => Int, { nullable: true, description: 'Seconds a key stays recoverable; the default of the server without it.' })
  readonly pendingDestructionSeconds?: number | null;

  @Field(() => KeystoreConnectionInput, { description: 'The one member that is given says which type of keystore it is.' })
  readonly connection!: KeystoreConnectionValue;
}

@InputType('UpdateKeystoreInput')
export class UpdateKeystoreInput extends UpdateInput {
  @Field(() => String, { nullable: true })
  readonly name?: string | null;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => [String], { nullable: true })
  readonly groups?: readonly string[] | null;

  @Field(() => String, { nullable: true })
  readonly tlsProxy?: string | null;

  @Field(() => Int, { nullable: true })
  readonly pendingDestructionSeconds?: number | null;

  @Field(() => KeystoreConnectionInput, { nullable: true, description: 'Of the type the keystore has; fields that are not named stay.' })
  readonly connection?: KeystoreConnectionValue | null;
}

@InputType('DeleteKeystoreInput')
export class DeleteKeystoreInput extends UpdateInput {
  @Field(() => KeystoreDeleteModeEnum, { nullable: true, description: 'RESTRICT without it.' })
  readonly mode?: KeystoreDeleteMode | null;
}

@InputType('KeystoreFilter')
class KeystoreFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly vaultIds?: readonly string[] | null;

  @Field(() => [String], { nullable: true })
  readonly types?: readonly string[] | null;

  @Field(() => String, { nullable: true, description: 'Contains.' })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'Contains.' })
  readonly description?: string | null;

  @Field(() => [String], { nullable: true, description: 'Carries any of these.' })
  readonly groups?: readonly string[] | null;

  @Field(() => [String], { nullable: true })
  readonly locations?: readonly string[] | null;

  @Field(() => [HealthStatusEnum], { nullable: true })
  readonly healthStatuses?: readonly HealthStatus[] | null;
}

const KeystoreSort = sortInput('Keystore', keystoreSortFields);

@ArgsType()
export class KeystoresArgs extends PagingArgs {
  @Field(() => KeystoreFilter, { nullable: true })
  readonly filter?: KeystoreFilter | null;

  @Field(() => [KeystoreSort], { nullable: true })
  readonly sort?: readonly SortInput[] | null;
}
