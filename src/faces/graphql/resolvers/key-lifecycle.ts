/** What moves keys through their life: up to 1,000 at a time, with a result and an audit event for each. */
import { Arg, Args, Ctx, Mutation, Resolver } from 'type-graphql';
import { activateManagedKey } from '../../../services/managed-keys/activate.js';
import { alignManagedKey } from '../../../services/managed-keys/align.js';
import { cancelManagedKeyDestruction } from '../../../services/managed-keys/cancel-destruction.js';
import { compromiseManagedKey } from '../../../services/managed-keys/compromise.js';
import { deactivateManagedKey } from '../../../services/managed-keys/deactivate.js';
import { destroyManagedKey } from '../../../services/managed-keys/destroy.js';
import { removeManagedKey } from '../../../services/managed-keys/remove.js';
import { rotateManagedKey } from '../../../services/managed-keys/rotate.js';
import { syncManagedKey } from '../../../services/managed-keys/sync.js';
import type { GraphqlContext } from '../context.js';
import { ChangeArgs } from '../inputs/change-args.js';
import { ManagedKeyItem } from '../inputs/object-inputs.js';
import { itemsCost } from '../limits/page-cost.js';
import { ManagedKeyResult, performItems } from './items.js';

@Resolver()
export class KeyLifecycleResolver {
  @Mutation(() => [ManagedKeyResult], { complexity: itemsCost, description: 'Makes keys usable, and brings deactivated ones back.' })
  activateManagedKey(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, activateManagedKey, items, options);
  }

  @Mutation(() => [ManagedKeyResult], {
    complexity: itemsCost,
    description: 'What the keys have protected can still be read where a keystore allows it.',
  })
  deactivateManagedKey(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, deactivateManagedKey, items, options);
  }

  @Mutation(() => [ManagedKeyResult], { complexity: itemsCost, description: 'New material for the same keys.' })
  rotateManagedKey(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, rotateManagedKey, items, options);
  }

  @Mutation(() => [ManagedKeyResult], {
    complexity: itemsCost,
    description: 'Deactivates active keys and schedules their destruction, which can be cancelled until it ends.',
  })
  destroyManagedKey(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, destroyManagedKey, items, options);
  }

  @Mutation(() => [ManagedKeyResult], { complexity: itemsCost, description: 'Possible until the pending period ends.' })
  cancelManagedKeyDestruction(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, cancelManagedKeyDestruction, items, options);
  }

  @Mutation(() => [ManagedKeyResult], {
    complexity: itemsCost,
    description: 'Erases what is left of destroyed keys; the answers are the keys as they were.',
  })
  removeManagedKey(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, removeManagedKey, items, options);
  }

  @Mutation(() => [ManagedKeyResult], { complexity: itemsCost, description: 'Looks at every keystore again and brings it in line.' })
  syncManagedKey(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, syncManagedKey, items, options);
  }

  @Mutation(() => [ManagedKeyResult], { complexity: itemsCost, description: 'Makes keys follow their template as it is now.' })
  alignManagedKey(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, alignManagedKey, items, options);
  }

  @Mutation(() => [ManagedKeyResult], { complexity: itemsCost, description: 'Takes keys out of use whose secrecy is lost or in doubt.' })
  compromiseManagedKey(
    @Ctx() context: GraphqlContext,
    @Arg('items', () => [ManagedKeyItem]) items: readonly ManagedKeyItem[],
    @Arg('reason', () => String, { nullable: true, description: 'Stands in the audit event.' }) reason: string | null | undefined,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return performItems(context, compromiseManagedKey, items, { ...options, with: { reason } });
  }
}
