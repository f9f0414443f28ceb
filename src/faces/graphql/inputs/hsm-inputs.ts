import { Field, InputType, Int } from 'type-graphql';
import { Base64 } from '../scalars/base64.js';

@InputType('EncryptedPartInput')
class EncryptedPartInput {
  @Field(() => Int)
  readonly unit!: number;

  @Field(() => Base64, { description: 'The part, encrypted to the key of this unit (RSA-OAEP-SHA-256).' })
  readonly encrypted!: Uint8Array;
}

@InputType('LoadMasterKeyPartInput')
export class LoadMasterKeyPartInput {
  @Field(() => Int, { description: 'Counts from 1.' })
  readonly part!: number;

  @Field(() => Int, { description: 'Parts in all, 2 or 3.' })
  readonly total!: number;

  @Field(() => [EncryptedPartInput])
  readonly byUnit!: readonly EncryptedPartInput[];
}

@InputType()
abstract class PatternInput {
  @Field(() => Base64, { description: 'Of the key that is meant: SHA-256(0x01 || master key).' })
  readonly verificationPattern!: Uint8Array;
}

@InputType('CommitMasterKeyInput')
export class CommitMasterKeyInput extends PatternInput {}

@InputType('ActivateMasterKeyInput')
export class ActivateMasterKeyInput extends PatternInput {}
