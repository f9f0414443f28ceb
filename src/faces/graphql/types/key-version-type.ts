import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { KeyState } from '../../../domain/key-state.js';
import type { KeyVersion, VerificationPattern } from '../../../domain/managed-key.js';
import { connectionOf } from '../connection.js';
import { KeyStateEnum } from '../enums.js';
import { Base64 } from '../scalars/base64.js';
import { TrackedType } from './tracked-type.js';

@ObjectType('VerificationPattern', { simpleResolvers: true, description: 'Identifies key material without revealing it.' })
export class VerificationPatternType implements VerificationPattern {
  @Field(() => String)
  readonly method!: string;

  @Field(() => String)
  readonly value!: string;
}

@ObjectType('KeyVersion', { simpleResolvers: true, description: 'One generation of key material.' })
export class KeyVersionType extends TrackedType implements Omit<KeyVersion, 'blobId'> {
  @Field(() => ID)
  readonly managedKeyId!: string;

  @Field(() => ID)
  readonly vaultId!: string;

  @Field(() => Int, { description: 'Counts from 1.' })
  readonly version!: number;

  @Field(() => KeyStateEnum)
  readonly state!: KeyState;

  @Field(() => Base64, { nullable: true, description: 'DER SubjectPublicKeyInfo of asymmetric keys.' })
  readonly publicKey!: Uint8Array | null;

  @Field(() => [VerificationPatternType])
  readonly verificationPatterns!: readonly VerificationPattern[];

  @Field(() => Float, {
    description:
      'AES-GCM encryptions made, with those set aside for the running server. A key made here is rotated by itself at 2^31; at 2^32 encryption is refused.',
  })
  readonly encryptionsCounted!: number;
}

export const KeyVersionConnection = connectionOf('KeyVersion', KeyVersionType);
