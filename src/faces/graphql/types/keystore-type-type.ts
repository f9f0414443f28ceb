import { Field, ObjectType } from 'type-graphql';
import type { KeyAlgorithm } from '../../../domain/algorithms.js';
import type { FieldDescriptor, KeystoreTypeDescriptor, SupportedAlgorithm } from '../../../domain/keystore.js';
import { KeyAlgorithmEnum } from '../enums.js';
import { FieldDescriptorType, TextRuleType, textRule } from './field-descriptor-type.js';

@ObjectType('SupportedAlgorithm', { simpleResolvers: true })
export class SupportedAlgorithmType implements SupportedAlgorithm {
  @Field(() => KeyAlgorithmEnum)
  readonly algorithm!: KeyAlgorithm;

  @Field(() => [String])
  readonly sizes!: readonly string[];
}

@ObjectType('KeystoreCapabilities', { simpleResolvers: true })
export class KeystoreCapabilitiesType implements Record<keyof KeystoreTypeDescriptor['capabilities'], boolean> {
  @Field(() => Boolean)
  readonly rename!: boolean;

  @Field(() => Boolean)
  readonly cancelDestruction!: boolean;

  @Field(() => Boolean)
  readonly deactivatedDecrypts!: boolean;

  @Field(() => Boolean, { description: 'Whether rotation makes the older versions decrypt-only by itself.' })
  readonly rotationDeactivatesOlder!: boolean;

  @Field(() => Boolean, { description: 'Whether keys there are used through this server: encrypt, wrapKey, sign …' })
  readonly holdsKeysForUse!: boolean;

  @Field(() => Boolean, { description: 'Whether keys there are destroyed without a pending period of the keystore itself.' })
  readonly destroysAtOnce!: boolean;
}

@ObjectType('KeystoreType', { simpleResolvers: true, description: 'All there is to know about a kind of keystore.' })
export class KeystoreTypeType implements Omit<KeystoreTypeDescriptor, 'keyNameRule' | 'fields' | 'targetAttributes'> {
  @Field(() => String)
  readonly type!: string;

  @Field(() => String)
  readonly title!: string;

  @Field(() => String)
  readonly description!: string;

  @Field(() => [FieldDescriptorType], { description: 'Connection fields.' })
  readonly fields!: readonly FieldDescriptorType[];

  @Field(() => [FieldDescriptorType], { description: 'Attributes that a template target of this type may carry.' })
  readonly targetAttributes!: readonly FieldDescriptorType[];

  @Field(() => [SupportedAlgorithmType])
  readonly algorithms!: readonly SupportedAlgorithm[];

  @Field(() => TextRuleType, { description: 'The rule for key names inside such a keystore.' })
  readonly keyNameRule!: TextRuleType;

  @Field(() => KeystoreCapabilitiesType)
  readonly capabilities!: KeystoreTypeDescriptor['capabilities'];

  @Field(() => String, { description: 'What "deactivated" truly means there.' })
  readonly deactivatedMeans!: string;
}

/** A descriptor with its patterns as text: what clients and `schema/keystore-types.json` get. */
export function keystoreTypeOf(descriptor: KeystoreTypeDescriptor): KeystoreTypeType {
  return {
    ...descriptor,
    fields: descriptor.fields.map(fieldOf),
    targetAttributes: descriptor.targetAttributes.map(fieldOf),
    keyNameRule: textRule(descriptor.keyNameRule),
  };
}

function fieldOf(field: FieldDescriptor): FieldDescriptorType {
  return { ...field, values: field.values ?? null, rule: field.rule ? textRule(field.rule) : null };
}
