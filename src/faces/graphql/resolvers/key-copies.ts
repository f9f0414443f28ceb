import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { KeyInstance, KeyVersion } from '../../../domain/managed-key.js';
import { keyInstances } from '../../../services/managed-keys/list-instances.js';
import { keyVersions } from '../../../services/managed-keys/list-versions.js';
import { connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { KeyInstancesArgs, KeyVersionsArgs } from '../inputs/managed-key-filter.js';
import { listCost, pageCost } from '../limits/page-cost.js';
import { InstanceVersionType, KeyInstanceConnection, KeyInstanceType } from '../types/key-instance-type.js';
import { KeyVersionConnection, KeyVersionType } from '../types/key-version-type.js';
import { KeystoreType } from '../types/keystore-type.js';
import { ManagedKeyType } from '../types/managed-key-type.js';

@Resolver(() => KeyVersionType)
export class KeyVersionResolver {
  @Query(() => KeyVersionConnection, { complexity: pageCost, description: 'Versions of one key, newest first.' })
  async keyVersions(@Ctx() { perform }: GraphqlContext, @Args(() => KeyVersionsArgs) args: KeyVersionsArgs) {
    return connection(await perform(keyVersions, given(args)));
  }

  @FieldResolver(() => ManagedKeyType, { nullable: true })
  managedKey(@Ctx() { loaders }: GraphqlContext, @Root() { managedKeyId }: KeyVersion) {
    return loaders.managedKey.load(managedKeyId);
  }
}

@Resolver(() => KeyInstanceType)
export class KeyInstanceResolver {
  @Query(() => KeyInstanceConnection, { complexity: pageCost })
  async keyInstances(@Ctx() { perform }: GraphqlContext, @Args(() => KeyInstancesArgs) args: KeyInstancesArgs) {
    return connection(await perform(keyInstances, given(args)));
  }

  @FieldResolver(() => ManagedKeyType, { nullable: true })
  managedKey(@Ctx() { loaders }: GraphqlContext, @Root() { managedKeyId }: KeyInstance) {
    return loaders.managedKey.load(managedKeyId);
  }

  @FieldResolver(() => KeystoreType, { nullable: true })
  keystore(@Ctx() { loaders }: GraphqlContext, @Root() { keystoreId }: KeyInstance) {
    return loaders.keystore.load(keystoreId);
  }

  @FieldResolver(() => [InstanceVersionType], { complexity: listCost })
  versions(@Ctx() { loaders }: GraphqlContext, @Root() { id }: KeyInstance) {
    return loaders.versionsOfInstance.load(id);
  }
}
