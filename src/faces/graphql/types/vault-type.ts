import { Field, ObjectType } from 'type-graphql';
import type { HolderState, Vault } from '../../../domain/vault.js';
import { connectionOf } from '../connection.js';
import { HolderStateEnum } from '../enums.js';
import { TrackedType } from './tracked-type.js';

@ObjectType('Vault', { description: 'The unit in which people are given rights: keystores, templates and keys live in one vault.' })
export class VaultType extends TrackedType implements Vault {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly description!: string;

  @Field(() => String, { nullable: true })
  readonly recoveryKeyLabel!: string | null;

  @Field(() => HolderStateEnum)
  readonly state!: HolderState;
}

export const VaultConnection = connectionOf('Vault', VaultType);
