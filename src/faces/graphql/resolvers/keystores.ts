import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Keystore } from '../../../domain/keystore.js';
import { createKeystore } from '../../../services/keystores/create.js';
import { deleteKeystore } from '../../../services/keystores/delete.js';
import { keystore } from '../../../services/keystores/get.js';
import { keystores } from '../../../services/keystores/list.js';
import { testKeystore } from '../../../services/keystores/test.js';
import { keystoreTypes } from '../../../services/keystores/types.js';
import { updateKeystore } from '../../../services/keystores/update.js';
import { connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { ChangeArgs, CreateArgs } from '../inputs/change-args.js';
import { CreateKeystoreInput, DeleteKeystoreInput, KeystoresArgs, UpdateKeystoreInput } from '../inputs/keystore-inputs.js';
import { IdArgs, TestKeystoreInput } from '../inputs/object-inputs.js';
import { connectionOfType } from '../keystore-connection-input.js';
import { pageCost } from '../limits/page-cost.js';
import { KeystoreConnection, KeystoreTestType, KeystoreType } from '../types/keystore-type.js';
import { KeystoreTypeType, keystoreTypeOf } from '../types/keystore-type-type.js';
import { VaultType } from '../types/vault-type.js';

@Resolver(() => KeystoreType)
export class KeystoreResolver {
  @Query(() => KeystoreType)
  keystore(@Ctx() { perform }: GraphqlContext, @Args(() => IdArgs) { id }: IdArgs) {
    return perform(keystore, { id });
  }

  @Query(() => KeystoreConnection, { complexity: pageCost })
  async keystores(@Ctx() { perform }: GraphqlContext, @Args(() => KeystoresArgs) args: KeystoresArgs) {
    return connection(await perform(keystores, given(args)));
  }

  @Query(() => [KeystoreTypeType], { description: 'The types of keystores that this server connects to.' })
  async keystoreTypes(@Ctx() { perform }: GraphqlContext) {
    return (await perform(keystoreTypes, {})).map(keystoreTypeOf);
  }

  @Mutation(() => KeystoreType)
  createKeystore(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreateKeystoreInput) { connection: value, ...input }: CreateKeystoreInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return perform(createKeystore, given({ ...input, ...connectionOfType(value) }), options);
  }

  @Mutation(() => KeystoreTestType, { description: 'Connects; a keystore that does not answer is a result, not an error.' })
  testKeystore(@Ctx() { perform }: GraphqlContext, @Arg('input', () => TestKeystoreInput) input: TestKeystoreInput) {
    return perform(testKeystore, input);
  }

  @Mutation(() => KeystoreType)
  updateKeystore(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => UpdateKeystoreInput) { connection: value, ...input }: UpdateKeystoreInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    const { connection: fields } = value ? connectionOfType(value) : {};
    return perform(updateKeystore, { ...input, ...(fields && { connection: fields }) }, options);
  }

  @Mutation(() => KeystoreType, { description: 'A keystore whose keys are still being ended is RETIRED until they are.' })
  deleteKeystore(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => DeleteKeystoreInput) input: DeleteKeystoreInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(deleteKeystore, given(input), options);
  }

  @FieldResolver(() => VaultType, { nullable: true })
  vault(@Ctx() { loaders }: GraphqlContext, @Root() { vaultId }: Keystore) {
    return loaders.vault.load(vaultId);
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Keys that are or shall be here; null where you may not read them.' })
  keysCount(@Ctx() { loaders }: GraphqlContext, @Root() { id, vaultId }: Keystore) {
    return loaders.keyCountOfKeystore.load({ id, vaultId });
  }
}
