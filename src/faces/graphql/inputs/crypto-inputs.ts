import { Field, ID, InputType, Int } from 'type-graphql';
import { MechanismEnum } from '../enums.js';
import { Base64 } from '../scalars/base64.js';

@InputType()
abstract class KeyUseInput {
  @Field(() => ID, { description: 'A managed key that is active in an internal keystore, or a root key of the key management service.' })
  readonly keyId!: string;
}

@InputType('PlaintextItem')
class PlaintextItem {
  @Field(() => Base64)
  readonly plaintext!: Uint8Array;

  @Field(() => Base64, { nullable: true, description: 'Additional data that is authenticated and not stored.' })
  readonly aad?: Uint8Array | null;
}

@InputType('CiphertextItem')
class CiphertextItem {
  @Field(() => Base64)
  readonly ciphertext!: Uint8Array;

  @Field(() => Base64, { nullable: true })
  readonly aad?: Uint8Array | null;
}

@InputType('DataKeyItem')
class DataKeyItem {
  @Field(() => Base64, { nullable: true, description: 'Without it a data key of 32 bytes is made and answered along with its wrapping.' })
  readonly plaintext?: Uint8Array | null;

  @Field(() => Base64, { nullable: true })
  readonly aad?: Uint8Array | null;
}

@InputType('DataItem')
class DataItem {
  @Field(() => Base64)
  readonly data!: Uint8Array;
}

@InputType('SignatureItem')
class SignatureItem {
  @Field(() => Base64)
  readonly data!: Uint8Array;

  @Field(() => Base64)
  readonly signature!: Uint8Array;
}

@InputType('MacCheckItem')
class MacCheckItem {
  @Field(() => Base64)
  readonly data!: Uint8Array;

  @Field(() => Base64)
  readonly mac!: Uint8Array;
}

@InputType('EncryptInput')
export class EncryptInput extends KeyUseInput {
  @Field(() => [PlaintextItem])
  readonly items!: readonly PlaintextItem[];
}

@InputType()
abstract class CiphertextsInput extends KeyUseInput {
  @Field(() => [CiphertextItem])
  readonly items!: readonly CiphertextItem[];
}

@InputType('DecryptInput')
export class DecryptInput extends CiphertextsInput {}

@InputType('UnwrapKeyInput')
export class UnwrapKeyInput extends CiphertextsInput {}

@InputType('RewrapKeyInput')
export class RewrapKeyInput extends CiphertextsInput {}

@InputType('WrapKeyInput')
export class WrapKeyInput extends KeyUseInput {
  @Field(() => [DataKeyItem])
  readonly items!: readonly DataKeyItem[];
}

@InputType()
abstract class DataInput extends KeyUseInput {
  @Field(() => MechanismEnum, { nullable: true, description: "The first that fits the key's algorithm without it." })
  readonly mechanism?: string | null;

  @Field(() => [DataItem])
  readonly items!: readonly DataItem[];
}

@InputType('SignInput')
export class SignInput extends DataInput {}

@InputType('GenerateMacInput')
export class GenerateMacInput extends DataInput {}

@InputType('VerifyInput')
export class VerifyInput extends KeyUseInput {
  @Field(() => MechanismEnum, { nullable: true })
  readonly mechanism?: string | null;

  @Field(() => Int, { nullable: true, description: 'Version of the key; the current one without it.' })
  readonly version?: number | null;

  @Field(() => [SignatureItem])
  readonly items!: readonly SignatureItem[];
}

@InputType('VerifyMacInput')
export class VerifyMacInput extends KeyUseInput {
  @Field(() => MechanismEnum, { nullable: true })
  readonly mechanism?: string | null;

  @Field(() => Int, { nullable: true, description: 'Version of the key; the current one without it.' })
  readonly version?: number | null;

  @Field(() => [MacCheckItem])
  readonly items!: readonly MacCheckItem[];
}

@InputType('GenerateRandomInput')
export class GenerateRandomInput {
  @Field(() => Int, { description: 'Bytes.' })
  readonly length!: number;

  @Field(() => Int, { nullable: true, description: 'How many values; 1 without it.' })
  readonly count?: number | null;
}
