import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { InstanceState, InstanceVersion, KeyInstance } from '../../../domain/managed-key.js';
import type { StatusInKeystore, SyncDetail, SyncFlag } from '../../../domain/sync-state.js';
import { connectionOf } from '../connection.js';
import { InstanceStateEnum, StatusInKeystoreEnum, SyncDetailEnum, SyncFlagEnum } from '../enums.js';
import { DateTime } from '../scalars/date-time.js';
import { TrackedType } from './tracked-type.js';

@ObjectType('InstanceError', { simpleResolvers: true, description: 'Why a key instance is not as it should be, and what a person can do.' })
export class InstanceErrorType implements NonNullable<KeyInstance['error']> {
  @Field(() => String)
  readonly code!: string;

  @Field(() => String)
  readonly message!: string;

  @Field(() => String)
  readonly remedy!: string;
}

@ObjectType('KeyInstance', {
  simpleResolvers: true,
  description: 'A managed key in one keystore: what is wanted there, what was seen there, and what happens next.',
})
export class KeyInstanceType extends TrackedType implements KeyInstance {
  @Field(() => ID)
  readonly managedKeyId!: string;

  @Field(() => ID)
  readonly keystoreId!: string;

  @Field(() => ID)
  readonly vaultId!: string;

  @Field(() => ID, { nullable: true, description: 'Target that asks for this instance; null once the keystore left the distribution.' })
  readonly targetId!: string | null;

  @Field(() => InstanceStateEnum)
  readonly desiredState!: InstanceState;

  @Field(() => String, { description: 'Name in the keystore.' })
  readonly name!: string;

  @Field(() => String, { nullable: true, description: 'Id in the keystore.' })
  readonly remoteId!: string | null;

  @Field(() => StatusInKeystoreEnum)
  readonly status!: StatusInKeystore;

  @Field(() => SyncFlagEnum)
  readonly syncFlag!: SyncFlag;

  @Field(() => SyncDetailEnum)
  readonly syncDetail!: SyncDetail;

  @Field(() => InstanceErrorType, { nullable: true })
  readonly error!: KeyInstance['error'];

  @Field(() => Int)
  readonly attempts!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it is tried again; null when desired and observed agree.' })
  readonly nextAttemptAt!: string | null;

  @Field(() => DateTime, { nullable: true })
  readonly verifiedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'End of the pending destruction in the keystore.' })
  readonly pendingUntil!: string | null;
}

export const KeyInstanceConnection = connectionOf('KeyInstance', KeyInstanceType);

@ObjectType('InstanceVersion', { simpleResolvers: true, description: 'A key version inside a key instance.' })
export class InstanceVersionType extends TrackedType implements InstanceVersion {
  @Field(() => ID)
  readonly keyInstanceId!: string;

  @Field(() => ID)
  readonly keyVersionId!: string;

  @Field(() => Int)
  readonly version!: number;

  @Field(() => String, { nullable: true })
  readonly remoteVersionId!: string | null;

  @Field(() => String, { nullable: true })
  readonly fingerprint!: string | null;

  @Field(() => InstanceStateEnum)
  readonly state!: InstanceState;
}
