import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { JsonObject } from '../../../domain/entity.js';
import type { HealthStatus, Keystore } from '../../../domain/keystore.js';
import type { HolderState } from '../../../domain/vault.js';
import { connectionOf } from '../connection.js';
import { HealthStatusEnum, HolderStateEnum } from '../enums.js';
import { DateTime } from '../scalars/date-time.js';
import { JsonObjectScalar } from '../scalars/json-object.js';
import { TrackedType } from './tracked-type.js';

@ObjectType('Keystore', { simpleResolvers: true, description: 'A place that holds copies of managed keys.' })
export class KeystoreType extends TrackedType implements Omit<Keystore, 'sealedSecrets'> {
  @Field(() => ID)
  readonly vaultId!: string;

  @Field(() => String, { description: 'A type of `keystoreTypes`.' })
  readonly type!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly description!: string;

  @Field(() => [String], { description: 'Targets of key templates find keystores by group.' })
  readonly groups!: readonly string[];

  @Field(() => String, { nullable: true })
  readonly tlsProxy!: string | null;

  @Field(() => String)
  readonly location!: string;

  @Field(() => JsonObjectScalar, { description: 'Connection fields that are not secret.' })
  readonly connection!: JsonObject;

  @Field(() => Int, { nullable: true, description: 'Seconds a key stays recoverable here; null takes the default of the server.' })
  readonly pendingDestructionSeconds!: number | null;

  @Field(() => HolderStateEnum)
  readonly state!: HolderState;

  @Field(() => HealthStatusEnum)
  readonly healthStatus!: HealthStatus;

  @Field(() => String)
  readonly healthMessage!: string;

  @Field(() => DateTime, { nullable: true })
  readonly lastHeartbeatAt!: string | null;
}

export const KeystoreConnection = connectionOf('Keystore', KeystoreType);

@ObjectType('KeystoreTest', { simpleResolvers: true, description: 'What a keystore answered to a test of its connection.' })
export class KeystoreTestType {
  @Field(() => HealthStatusEnum)
  readonly healthStatus!: HealthStatus;

  @Field(() => String)
  readonly message!: string;

  @Field(() => String)
  readonly location!: string;
}
