import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { ManagedKey } from '../../../domain/managed-key.js';
import { type ManagedKeyChange, managedKeyChangeKinds } from '../../../services/watch/managed-keys.js';
import { ManagedKeyType } from './managed-key-type.js';

const ManagedKeyChangeKindEnum = Object.fromEntries(managedKeyChangeKinds.map((kind) => [kind, kind]));
registerEnumType(ManagedKeyChangeKindEnum, { name: 'ManagedKeyChangeKind' });

@ObjectType('ManagedKeyChange', {
  simpleResolvers: true,
  description: 'A managed key, or its versions or copies in keystores, changed or were seen to change.',
})
export class ManagedKeyChangeType implements ManagedKeyChange {
  @Field(() => ManagedKeyChangeKindEnum)
  readonly kind!: ManagedKeyChange['kind'];

  @Field(() => ID)
  readonly managedKeyId!: string;

  @Field(() => ID, { nullable: true })
  readonly vaultId!: string | null;

  @Field(() => ManagedKeyType, { nullable: true, description: 'As it is now; null once removed.' })
  readonly managedKey!: ManagedKey | null;
}
