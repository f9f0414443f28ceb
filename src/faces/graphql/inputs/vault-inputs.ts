import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { vaultSortFields } from '../../../services/vaults/list.js';
import { UpdateInput } from './object-inputs.js';
import { PagingArgs } from './paging-args.js';
import { type SortInput, sortInput } from './sort-input.js';

@InputType('CreateVaultInput')
export class CreateVaultInput {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => String, { nullable: true })
  readonly recoveryKeyLabel?: string | null;
}

@InputType('UpdateVaultInput')
export class UpdateVaultInput extends UpdateInput {
  @Field(() => String, { nullable: true })
  readonly name?: string | null;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => String, { nullable: true })
  readonly recoveryKeyLabel?: string | null;
}

@InputType('VaultFilter')
class VaultFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => String, { nullable: true, description: 'Begins with.' })
  readonly name?: string | null;

  @Field(() => String, { nullable: true, description: 'Contains.' })
  readonly description?: string | null;
}

const VaultSort = sortInput('Vault', vaultSortFields);

@ArgsType()
export class VaultsArgs extends PagingArgs {
  @Field(() => VaultFilter, { nullable: true })
  readonly filter?: VaultFilter | null;

  @Field(() => [VaultSort], { nullable: true })
  readonly sort?: readonly SortInput[] | null;
}

@ArgsType()
export class VaultArgs {
  @Field(() => ID, { nullable: true })
  readonly id?: string | null;

  @Field(() => String, { nullable: true, description: 'Instead of the id.' })
  readonly name?: string | null;
}
