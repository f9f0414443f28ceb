import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { ManagedKey } from '../../../domain/managed-key.js';
import { createManagedKey } from '../../../services/managed-keys/create.js';
import { createManagedKeyImport } from '../../../services/managed-keys/create-import.js';
import { managedKey } from '../../../services/managed-keys/get.js';
import { importManagedKey } from '../../../services/managed-keys/import.js';
import { managedKeys } from '../../../services/managed-keys/list.js';
import { updateManagedKey } from '../../../services/managed-keys/update.js';
import { connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { ChangeArgs, CreateArgs } from '../inputs/change-args.js';
import { ManagedKeysArgs } from '../inputs/managed-key-filter.js';
import {
  CreateManagedKeyImportInput,
  CreateManagedKeyInput,
  ImportManagedKeyInput,
  ManagedKeyArgs,
  UpdateManagedKeyInput,
} from '../inputs/managed-key-inputs.js';
import { listCost, pageCost } from '../limits/page-cost.js';
import { AlignmentType } from '../types/alignment-type.js';
import { ManagedKeyImportType } from '../types/import-types.js';
import { KeyInstanceType } from '../types/key-instance-type.js';
import { KeyTemplateType } from '../types/key-template-type.js';
import { KeyVersionType } from '../types/key-version-type.js';
import { KeystoreType } from '../types/keystore-type.js';
import { ManagedKeyConnection, ManagedKeyType } from '../types/managed-key-type.js';
import { VaultType } from '../types/vault-type.js';

@Resolver(() => ManagedKeyType)
export class ManagedKeyResolver {
  @Query(() => ManagedKeyType, { description: 'A managed key, by id or by vault and label.' })
  managedKey(@Ctx() { perform }: GraphqlContext, @Args(() => ManagedKeyArgs) args: ManagedKeyArgs) {
    return perform(managedKey, given(args));
  }

  @Query(() => ManagedKeyConnection, { complexity: pageCost })
  async managedKeys(@Ctx() { perform }: GraphqlContext, @Args(() => ManagedKeysArgs) args: ManagedKeysArgs) {
    return connection(await perform(managedKeys, given(args)));
  }

  @Mutation(() => ManagedKeyType)
  createManagedKey(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreateManagedKeyInput) input: CreateManagedKeyInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return perform(createManagedKey, given(input), options);
  }

  @Mutation(() => ManagedKeyImportType, { description: 'Answers a one-time key that wraps the material for importManagedKey.' })
  createManagedKeyImport(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreateManagedKeyImportInput) input: CreateManagedKeyImportInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return perform(createManagedKeyImport, given(input), options);
  }

  @Mutation(() => ManagedKeyType, { description: 'Takes in wrapped material; clear material is never accepted.' })
  importManagedKey(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => ImportManagedKeyInput) input: ImportManagedKeyInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(importManagedKey, input, options);
  }

  @Mutation(() => ManagedKeyType)
  updateManagedKey(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => UpdateManagedKeyInput) input: UpdateManagedKeyInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(updateManagedKey, input, options);
  }

  @FieldResolver(() => VaultType, { nullable: true })
  vault(@Ctx() { loaders }: GraphqlContext, @Root() { vaultId }: ManagedKey) {
    return loaders.vault.load(vaultId);
  }

  @FieldResolver(() => KeyTemplateType, { nullable: true })
  template(@Ctx() { loaders }: GraphqlContext, @Root() { templateId }: ManagedKey) {
    return loaders.keyTemplate.load(templateId);
  }

  @FieldResolver(() => AlignmentType, { complexity: 10 })
  alignment(@Ctx() { loaders }: GraphqlContext, @Root() key: ManagedKey) {
    return loaders.alignmentOfKey.load(key);
  }

  @FieldResolver(() => [KeyVersionType], { complexity: listCost, description: 'Newest first.' })
  async versions(@Ctx() { loaders }: GraphqlContext, @Root() { id }: ManagedKey) {
    const versions = await loaders.versionsOfKey.load(id);
    return versions.toSorted((one, other) => other.version - one.version);
  }

  @FieldResolver(() => [KeyInstanceType], { complexity: listCost, description: 'The copies in keystores.' })
  instances(@Ctx() { loaders }: GraphqlContext, @Root() { id }: ManagedKey) {
    return loaders.instancesOfKey.load(id);
  }

  @FieldResolver(() => [KeystoreType], { complexity: listCost, description: 'The keystores that hold or shall hold the key.' })
  async keystores(@Ctx() { loaders }: GraphqlContext, @Root() { id }: ManagedKey) {
    const instances = await loaders.instancesOfKey.load(id);
    const wanted = instances.filter(({ desiredState }) => desiredState !== 'ABSENT');
    const keystores = await Promise.all(wanted.map(({ keystoreId }) => loaders.keystore.load(keystoreId)));
    return keystores.filter((keystore) => keystore !== null);
  }
}
