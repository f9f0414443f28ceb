import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { OwnSetting } from '../../../domain/own-settings.js';
import { InitialKeyStateEnum, MechanismEnum, OwnSettingEnum } from '../enums.js';
import { Base64 } from '../scalars/base64.js';
import { DateOnly } from '../scalars/plain-date.js';
import { LifecyclePolicyInput, RotationPolicyInput, TemplateKeyInput, TemplateTargetInput } from './key-template-inputs.js';
import { UpdateInput } from './object-inputs.js';

@InputType('TagInput')
export class TagInput {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly value!: string;
}

@InputType('InlineTemplateInput', { description: 'Properties of a key of its own; a SHADOW template is made along with it.' })
export class InlineTemplateInput {
  @Field(() => TemplateKeyInput)
  readonly key!: TemplateKeyInput;

  @Field(() => [TemplateTargetInput])
  readonly targets!: readonly TemplateTargetInput[];

  @Field(() => String, { nullable: true })
  readonly namingScheme?: string | null;
}

@InputType()
abstract class NewKeyFields {
  @Field(() => ID, { nullable: true, description: 'Give one of templateId, templateName and template.' })
  readonly templateId?: string | null;

  @Field(() => String, { nullable: true })
  readonly templateName?: string | null;

  @Field(() => InlineTemplateInput, { nullable: true })
  readonly template?: InlineTemplateInput | null;

  @Field(() => String, { nullable: true, description: 'Without it the naming scheme of the template makes the label.' })
  readonly label?: string | null;

  @Field(() => [TagInput], { nullable: true, description: 'Values for the placeholders of the naming scheme.' })
  readonly namingValues?: readonly TagInput[] | null;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => [TagInput], { nullable: true })
  readonly tags?: readonly TagInput[] | null;

  @Field(() => DateOnly, { nullable: true })
  readonly activationDate?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly expirationDate?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly destructionDate?: string | null;

  @Field(() => InitialKeyStateEnum, { nullable: true })
  readonly initialState?: 'PRE_ACTIVATION' | 'ACTIVE' | null;

  @Field(() => RotationPolicyInput, { nullable: true })
  readonly rotationPolicy?: RotationPolicyInput | null;

  @Field(() => LifecyclePolicyInput, { nullable: true })
  readonly lifecyclePolicy?: LifecyclePolicyInput | null;

  @Field(() => Boolean, { nullable: true })
  readonly deactivateOnRotation?: boolean | null;
}

@InputType('CreateManagedKeyInput')
export class CreateManagedKeyInput extends NewKeyFields {
  @Field(() => ID)
  readonly vaultId!: string;
}

@InputType('CreateManagedKeyImportInput', {
  description: 'A new key as for createManagedKey, or managedKeyId for the next version of one.',
})
export class CreateManagedKeyImportInput extends NewKeyFields {
  @Field(() => ID, { nullable: true })
  readonly vaultId?: string | null;

  @Field(() => ID, { nullable: true })
  readonly managedKeyId?: string | null;
}

@InputType('ImportManagedKeyInput')
export class ImportManagedKeyInput {
  @Field(() => ID)
  readonly importKeyId!: string;

  @Field(() => MechanismEnum, { description: 'RSA_OAEP_SHA256 or RSA_AES_KWP_SHA256.' })
  readonly mechanism!: string;

  @Field(() => Base64)
  readonly wrappedMaterial!: Uint8Array;
}

@InputType('UpdateManagedKeyInput')
export class UpdateManagedKeyInput extends UpdateInput {
  @Field(() => String, { nullable: true })
  readonly label?: string | null;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => [TagInput], { nullable: true })
  readonly tags?: readonly TagInput[] | null;

  @Field(() => DateOnly, { nullable: true })
  readonly activationDate?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly expirationDate?: string | null;

  @Field(() => DateOnly, { nullable: true })
  readonly destructionDate?: string | null;

  @Field(() => RotationPolicyInput, { nullable: true })
  readonly rotationPolicy?: RotationPolicyInput | null;

  @Field(() => LifecyclePolicyInput, { nullable: true })
  readonly lifecyclePolicy?: LifecyclePolicyInput | null;

  @Field(() => Boolean, { nullable: true })
  readonly deactivateOnRotation?: boolean | null;

  @Field(() => [OwnSettingEnum], {
    nullable: true,
    description: "Settings that are the key's own no more: they become the template's at once, and follow it by alignment.",
  })
  readonly followTemplate?: readonly OwnSetting[] | null;
}

@ArgsType()
export class ManagedKeyArgs {
  @Field(() => ID, { nullable: true })
  readonly id?: string | null;

  @Field(() => ID, { nullable: true, description: 'With the label, instead of the id.' })
  readonly vaultId?: string | null;

  @Field(() => String, { nullable: true })
  readonly label?: string | null;
}
