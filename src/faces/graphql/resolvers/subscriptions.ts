import { Args, Ctx, Resolver, type ResolverData, Root, Subscription } from 'type-graphql';
import type { AuditRecord } from '../../../domain/audit-event.js';
import type { ManagedKeyChange } from '../../../services/watch/managed-keys.js';
import { type Watched, type WatchTopic, watch } from '../../../services/watch.js';
import type { GraphqlContext } from '../context.js';
import { type Told, toldUntilFailure } from '../event-stream.js';
import { given } from '../given.js';
import { AuditEventAddedArgs, ManagedKeyChangedArgs } from '../inputs/watch-args.js';
import { AuditEventType, auditEventOf } from '../types/audit-types.js';
import { ManagedKeyChangeType } from '../types/managed-key-change-type.js';

@Resolver()
export class SubscriptionResolver {
  @Subscription(() => ManagedKeyChangeType, { subscribe: streamOf('managedKeyChanged') as never })
  managedKeyChanged(
    @Ctx() context: GraphqlContext,
    @Root() told: Told<ManagedKeyChange>,
    @Args(() => ManagedKeyChangedArgs) _args: ManagedKeyChangedArgs,
  ) {
    return itemOf(context, told);
  }

  @Subscription(() => AuditEventType, { subscribe: streamOf('auditEventAdded') as never })
  auditEventAdded(
    @Ctx() context: GraphqlContext,
    @Root() told: Told<AuditRecord>,
    @Args(() => AuditEventAddedArgs) _args: AuditEventAddedArgs,
  ) {
    return auditEventOf(itemOf(context, told));
  }
}

function streamOf<T extends WatchTopic>(topic: T) {
  return async ({ args, context }: ResolverData<GraphqlContext>): Promise<AsyncIterableIterator<Told<Watched<T>>>> => {
    const { filter } = given(args) as { readonly filter?: unknown };
    return toldUntilFailure(await watch(context.estate, context.call, topic, filter));
  };
}

/** The next item, with nothing remembered from the ones before. @throws what ended the stream */
function itemOf<T>(context: GraphqlContext, told: Told<T>): T {
  context.renewLoaders();
  if ('failure' in told) throw told.failure;
  return told.item;
}
