import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { TextRule } from '../../../domain/entity.js';
import type { FieldDescriptor } from '../../../domain/keystore.js';

const FieldTypeEnum = { STRING: 'STRING', INTEGER: 'INTEGER', BOOLEAN: 'BOOLEAN', ENUM: 'ENUM', ENUM_LIST: 'ENUM_LIST' } as const;
registerEnumType(FieldTypeEnum, { name: 'FieldType', description: 'What a connection field or target attribute holds.' });

@ObjectType('TextRule', { simpleResolvers: true, description: 'Bounds of a text.' })
export class TextRuleType {
  @Field(() => Int, { description: 'Fewest characters.' })
  readonly min!: number;

  @Field(() => Int, { description: 'Most characters.' })
  readonly max!: number;

  @Field(() => String, { nullable: true, description: 'Regular expression (ECMAScript).' })
  readonly pattern!: string | null;

  @Field(() => String, { nullable: true, description: 'The form in words.' })
  readonly form!: string | null;
}

@ObjectType('FieldDescriptor', { simpleResolvers: true, description: 'One connection field or target attribute of a keystore type.' })
export class FieldDescriptorType implements Omit<FieldDescriptor, 'rule' | 'values'> {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly title!: string;

  @Field(() => FieldTypeEnum)
  readonly type!: FieldDescriptor['type'];

  @Field(() => Boolean)
  readonly required!: boolean;

  @Field(() => Boolean, { description: 'Write-only: stored encrypted by the HSM, never returned.' })
  readonly secret!: boolean;

  @Field(() => Boolean, { description: 'Whether it may change after the keystore was connected.' })
  readonly mutable!: boolean;

  @Field(() => [String], { nullable: true })
  readonly values!: readonly string[] | null;

  @Field(() => TextRuleType, { nullable: true })
  readonly rule!: TextRuleType | null;

  @Field(() => String)
  readonly description!: string;
}

/** A descriptor's rule as text that JSON can carry. */
export function textRule(rule: TextRule): TextRuleType {
  return { min: rule.min, max: rule.max, pattern: rule.pattern?.source ?? null, form: rule.form ?? null };
}
