import { Field, ID, ObjectType } from 'type-graphql';
import type { Mechanism } from '../../../domain/algorithms.js';
import type { ManagedKey } from '../../../domain/managed-key.js';
import { MechanismEnum } from '../enums.js';
import { Base64 } from '../scalars/base64.js';
import { DateTime } from '../scalars/date-time.js';
import { ManagedKeyType } from './managed-key-type.js';

@ObjectType('ImportKey', { simpleResolvers: true, description: 'A one-time key of the HSM that wraps key material on its way in.' })
export class ImportKeyType {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => Base64, { description: 'DER SubjectPublicKeyInfo.' })
  readonly publicKey!: Uint8Array;

  @Field(() => DateTime)
  readonly expiresAt!: string;

  @Field(() => [MechanismEnum], { description: 'Those that material of this key fits.' })
  readonly mechanisms!: readonly Mechanism[];
}

@ObjectType('ManagedKeyImport', { simpleResolvers: true })
export class ManagedKeyImportType {
  @Field(() => ManagedKeyType)
  readonly managedKey!: ManagedKey;

  @Field(() => ImportKeyType)
  readonly importKey!: ImportKeyType;
}
