/** Results of cryptographic calls: one per item and in the order of the items. */
import { Field, Int, ObjectType } from 'type-graphql';
import type { Mechanism } from '../../../domain/algorithms.js';
import { MechanismEnum } from '../enums.js';
import { Base64 } from '../scalars/base64.js';
import { ItemErrorType } from './item-error-type.js';

@ObjectType()
abstract class ItemResult {
  @Field(() => ItemErrorType, { nullable: true, description: 'Why this item failed; its other fields are null then.' })
  readonly error!: ItemErrorType | null;
}

@ObjectType()
abstract class VersionedResult {
  @Field(() => Int, { description: 'Version of the key that was used.' })
  readonly keyVersion!: number;
}

@ObjectType()
abstract class SigningResult extends VersionedResult {
  @Field(() => MechanismEnum)
  readonly mechanism!: Mechanism;
}

@ObjectType('EncryptedItem', { simpleResolvers: true })
export class EncryptedItem extends ItemResult {
  @Field(() => Base64, { nullable: true })
  readonly ciphertext!: Uint8Array | null;
}

@ObjectType('EncryptResult', { simpleResolvers: true })
export class EncryptResult extends VersionedResult {
  @Field(() => [EncryptedItem])
  readonly items!: readonly EncryptedItem[];
}

@ObjectType('DecryptedItem', { simpleResolvers: true })
export class DecryptedItem extends ItemResult {
  @Field(() => Base64, { nullable: true })
  readonly plaintext!: Uint8Array | null;

  @Field(() => Int, { nullable: true })
  readonly keyVersion!: number | null;
}

@ObjectType('DecryptResult', { simpleResolvers: true })
export class DecryptResult {
  @Field(() => [DecryptedItem])
  readonly items!: readonly DecryptedItem[];
}

@ObjectType('WrappedKeyItem', { simpleResolvers: true })
export class WrappedKeyItem extends ItemResult {
  @Field(() => Base64, { nullable: true, description: 'The data key that was generated; null when the caller sent one.' })
  readonly plaintext!: Uint8Array | null;

  @Field(() => Base64, { nullable: true })
  readonly ciphertext!: Uint8Array | null;
}

@ObjectType('WrapKeyResult', { simpleResolvers: true })
export class WrapKeyResult extends VersionedResult {
  @Field(() => [WrappedKeyItem])
  readonly items!: readonly WrappedKeyItem[];
}

@ObjectType('UnwrappedKeyItem', { simpleResolvers: true })
export class UnwrappedKeyItem extends ItemResult {
  @Field(() => Base64, { nullable: true })
  readonly plaintext!: Uint8Array | null;

  @Field(() => Int, { nullable: true })
  readonly keyVersion!: number | null;

  @Field(() => Base64, { nullable: true, description: 'The same under the current version, when an older one had wrapped it.' })
  readonly rewrapped!: Uint8Array | null;
}

@ObjectType('UnwrapKeyResult', { simpleResolvers: true })
export class UnwrapKeyResult {
  @Field(() => [UnwrappedKeyItem])
  readonly items!: readonly UnwrappedKeyItem[];
}

@ObjectType('RewrappedKeyItem', { simpleResolvers: true })
export class RewrappedKeyItem extends ItemResult {
  @Field(() => Base64, { nullable: true })
  readonly ciphertext!: Uint8Array | null;

  @Field(() => Int, { nullable: true })
  readonly keyVersion!: number | null;

  @Field(() => Int, { nullable: true, description: 'Version that had wrapped it.' })
  readonly previousVersion!: number | null;
}

@ObjectType('RewrapKeyResult', { simpleResolvers: true })
export class RewrapKeyResult extends VersionedResult {
  @Field(() => [RewrappedKeyItem])
  readonly items!: readonly RewrappedKeyItem[];
}

@ObjectType('SignedItem', { simpleResolvers: true })
export class SignedItem extends ItemResult {
  @Field(() => Base64, { nullable: true })
  readonly signature!: Uint8Array | null;
}

@ObjectType('SignResult', { simpleResolvers: true })
export class SignResult extends SigningResult {
  @Field(() => [SignedItem])
  readonly items!: readonly SignedItem[];
}

@ObjectType('VerifiedItem', { simpleResolvers: true })
export class VerifiedItem extends ItemResult {
  @Field(() => Boolean)
  readonly valid!: boolean;
}

@ObjectType('VerifyResult', { simpleResolvers: true })
export class VerifyResult extends SigningResult {
  @Field(() => [VerifiedItem])
  readonly items!: readonly VerifiedItem[];
}

@ObjectType('MacItem', { simpleResolvers: true })
export class MacItem extends ItemResult {
  @Field(() => Base64, { nullable: true })
  readonly mac!: Uint8Array | null;
}

@ObjectType('GenerateMacResult', { simpleResolvers: true })
export class GenerateMacResult extends SigningResult {
  @Field(() => [MacItem])
  readonly items!: readonly MacItem[];
}

@ObjectType('GenerateRandomResult', { simpleResolvers: true })
export class GenerateRandomResult {
  @Field(() => [Base64])
  readonly items!: readonly Uint8Array[];
}
