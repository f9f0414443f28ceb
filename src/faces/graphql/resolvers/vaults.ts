import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Vault } from '../../../domain/vault.js';
import { createVault } from '../../../services/vaults/create.js';
import { deleteVault } from '../../../services/vaults/delete.js';
import { vault } from '../../../services/vaults/get.js';
import { vaults } from '../../../services/vaults/list.js';
import { updateVault } from '../../../services/vaults/update.js';
import { connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { ChangeArgs, CreateArgs } from '../inputs/change-args.js';
import { DeleteVaultInput } from '../inputs/object-inputs.js';
import { CreateVaultInput, UpdateVaultInput, VaultArgs, VaultsArgs } from '../inputs/vault-inputs.js';
import { listCost, pageCost } from '../limits/page-cost.js';
import { KeystoreType } from '../types/keystore-type.js';
import { VaultConnection, VaultType } from '../types/vault-type.js';

@Resolver(() => VaultType)
export class VaultResolver {
  @Query(() => VaultType, { description: 'A vault, by id or by name.' })
  vault(@Ctx() { perform }: GraphqlContext, @Args(() => VaultArgs) args: VaultArgs) {
    return perform(vault, given(args));
  }

  @Query(() => VaultConnection, { complexity: pageCost })
  async vaults(@Ctx() { perform }: GraphqlContext, @Args(() => VaultsArgs) args: VaultsArgs) {
    return connection(await perform(vaults, given(args)));
  }

  @Mutation(() => VaultType)
  createVault(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreateVaultInput) input: CreateVaultInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return perform(createVault, given(input), options);
  }

  @Mutation(() => VaultType)
  updateVault(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => UpdateVaultInput) input: UpdateVaultInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(updateVault, input, options);
  }

  @Mutation(() => VaultType, { description: 'A vault that only holds keys that are being destroyed is RETIRED until they are.' })
  deleteVault(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => DeleteVaultInput) input: DeleteVaultInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(deleteVault, given(input), options);
  }

  @FieldResolver(() => [KeystoreType], { complexity: listCost })
  keystores(@Ctx() { loaders }: GraphqlContext, @Root() { id }: Vault) {
    return loaders.keystoresOfVault.load(id);
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Null where you may not read keys.' })
  keysCount(@Ctx() { loaders }: GraphqlContext, @Root() { id }: Vault) {
    return loaders.keyCountOfVault.load({ id, vaultId: id });
  }

  @FieldResolver(() => Int, { nullable: true })
  keyTemplatesCount(@Ctx() { loaders }: GraphqlContext, @Root() { id }: Vault) {
    return loaders.templateCountOfVault.load({ id, vaultId: id });
  }

  @FieldResolver(() => Int, { nullable: true })
  keystoresCount(@Ctx() { loaders }: GraphqlContext, @Root() { id }: Vault) {
    return loaders.keystoreCountOfVault.load({ id, vaultId: id });
  }
}
