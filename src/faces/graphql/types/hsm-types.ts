import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { KeyAlgorithm } from '../../../domain/algorithms.js';
import type { Instance } from '../../../services/instance/get.js';
import { KeyAlgorithmEnum } from '../enums.js';
import { Base64 } from '../scalars/base64.js';

const CurrentRegisterState = { EMPTY: 'EMPTY', VALID: 'VALID' } as const;
registerEnumType(CurrentRegisterState, { name: 'CurrentRegisterState' });
const NewRegisterState = { EMPTY: 'EMPTY', FULL_UNCOMMITTED: 'FULL_UNCOMMITTED', FULL_COMMITTED: 'FULL_COMMITTED' } as const;
registerEnumType(NewRegisterState, { name: 'NewRegisterState' });

@ObjectType('CryptoUnit', { simpleResolvers: true, description: 'A process that holds the master key.' })
export class CryptoUnitType {
  @Field(() => Int)
  readonly number!: number;

  @Field(() => Boolean)
  readonly running!: boolean;

  @Field(() => Boolean)
  readonly sealed!: boolean;

  @Field(() => Int)
  readonly restarts!: number;

  @Field(() => Int, { nullable: true })
  readonly processId!: number | null;
}

@ObjectType('CurrentMasterKeyRegister', { simpleResolvers: true })
export class CurrentRegisterType {
  @Field(() => CurrentRegisterState)
  readonly state!: keyof typeof CurrentRegisterState;

  @Field(() => Base64, { nullable: true, description: 'SHA-256(0x01 || master key); its first 16 bytes are the id of the master key.' })
  readonly verificationPattern!: Uint8Array | null;
}

@ObjectType('NewMasterKeyRegister', { simpleResolvers: true })
export class NewRegisterType {
  @Field(() => NewRegisterState)
  readonly state!: keyof typeof NewRegisterState;

  @Field(() => Base64, { nullable: true })
  readonly verificationPattern!: Uint8Array | null;

  @Field(() => Int)
  readonly partsLoaded!: number;

  @Field(() => Int)
  readonly partsTotal!: number;
}

@ObjectType('MasterKeyRegisters', { simpleResolvers: true, description: 'The two master key registers.' })
export class MasterKeyRegistersType {
  @Field(() => CurrentRegisterType)
  readonly current!: CurrentRegisterType;

  @Field(() => NewRegisterType)
  readonly new!: NewRegisterType;
}

@ObjectType('KeyUse', { simpleResolvers: true })
export class KeyUseType {
  @Field(() => String)
  readonly mechanism!: string;

  @Field(() => [String], { description: 'ENCRYPTION, SIGNATURE, MAC, WRAPPING, UNWRAPPING or DERIVATION.' })
  readonly purposes!: readonly string[];
}

// Not `simpleResolvers`: those do not know that a field has another name than its property.
@ObjectType('KeyCapability', { description: 'What keys of one algorithm and size can be used for.' })
export class KeyCapabilityType {
  @Field(() => KeyAlgorithmEnum)
  readonly algorithm!: KeyAlgorithm;

  @Field(() => String)
  readonly size!: string;

  @Field(() => [KeyUseType])
  readonly uses!: readonly KeyUseType[];

  @Field(() => Boolean, { name: 'importable', description: 'Whether material from elsewhere can become such a key.' })
  readonly isImportable!: boolean;

  @Field(() => Boolean, { name: 'extractable', description: 'Whether such a key can leave wrapped, for example to a cloud.' })
  readonly isExtractable!: boolean;
}

@ObjectType('HsmCapabilities', { simpleResolvers: true, description: 'What this HSM can do; anything else is refused.' })
export class HsmCapabilitiesType {
  @Field(() => Boolean, { description: 'Whether the master key is brought in parts; else the HSM makes it itself.' })
  readonly ceremony!: boolean;

  @Field(() => Boolean, { description: 'Whether keys can move to a new master key.' })
  readonly reencipher!: boolean;

  @Field(() => [KeyCapabilityType])
  readonly keys!: readonly KeyCapabilityType[];

  @Field(() => [String])
  readonly exportSchemes!: readonly string[];
}

@ObjectType('HsmMemory', { simpleResolvers: true, description: 'What the HSM remembers so that the database cannot forget it.' })
export class HsmMemoryType {
  @Field(() => Float, { description: 'Rises with every change.' })
  readonly generation!: number;

  @Field(() => Float, { description: 'Number of events of the audit log that it remembers.' })
  readonly auditSize!: number;

  @Field(() => Float, { description: 'Keys whose blobs it refuses for ever.' })
  readonly destroyedKeys!: number;

  @Field(() => Float, { description: 'Destroyed keys that it does not know of yet; their blobs are gone from the database.' })
  readonly untoldKeys!: number;
}

@ObjectType('Hsm', { simpleResolvers: true, description: 'State of the HSM.' })
export class HsmType {
  @Field(() => Boolean, { description: 'Without a master key; whatever needs one is refused.' })
  readonly sealed!: boolean;

  @Field(() => Boolean, { description: 'Whether a master key was ever activated here.' })
  readonly initialised!: boolean;

  @Field(() => String)
  readonly implementation!: string;

  @Field(() => [CryptoUnitType])
  readonly units!: readonly CryptoUnitType[];

  @Field(() => HsmMemoryType, { nullable: true, description: 'Absent while sealed.' })
  readonly memory!: HsmMemoryType | null;

  @Field(() => MasterKeyRegistersType)
  readonly registers!: MasterKeyRegistersType;

  @Field(() => HsmCapabilitiesType)
  readonly capabilities!: HsmCapabilitiesType;

  @Field(() => Base64, { nullable: true, description: 'Verification pattern of the key that opens the sealed state.' })
  readonly expectedVerificationPattern!: Uint8Array | null;
}

@ObjectType('HsmImporter', {
  simpleResolvers: true,
  description: 'A key of one crypto unit to which master key parts are encrypted (RSA-OAEP-SHA-256).',
})
export class HsmImporterType {
  @Field(() => Int)
  readonly unit!: number;

  @Field(() => Base64, { description: 'DER SubjectPublicKeyInfo; its SHA-256 is what an operator compares.' })
  readonly publicKey!: Uint8Array;
}

@ObjectType('Instance', { simpleResolvers: true, description: 'This server.' })
export class InstanceType implements Instance {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => String)
  readonly version!: string;

  @Field(() => String)
  readonly profile!: Instance['profile'];

  @Field(() => Boolean)
  readonly sealed!: boolean;

  @Field(() => [String])
  readonly features!: readonly string[];
}
