import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';

/** An object, and the revision that the caller has seen; without a revision the change is made to whatever is there. */
@InputType()
abstract class ObjectInput {
  @Field(() => ID)
  readonly id!: string;

  @Field(() => Int, { nullable: true, description: 'The change is refused when the object has another revision.' })
  readonly revision?: number | null;
}

/** Fields that are left out stay as they are; null empties those that may be empty. */
@InputType()
export abstract class UpdateInput extends ObjectInput {}

@InputType('DeleteVaultInput')
export class DeleteVaultInput extends ObjectInput {}

@InputType('ArchiveKeyTemplateInput')
export class ArchiveKeyTemplateInput extends ObjectInput {}

@InputType('UnarchiveKeyTemplateInput')
export class UnarchiveKeyTemplateInput extends ObjectInput {}

@InputType('ExposeKeyTemplateInput')
export class ExposeKeyTemplateInput extends ObjectInput {}

@InputType('DeleteKeyTemplateInput')
export class DeleteKeyTemplateInput extends ObjectInput {}

@InputType('DeletePrincipalInput')
export class DeletePrincipalInput extends ObjectInput {}

@InputType('DeleteRoleInput')
export class DeleteRoleInput extends ObjectInput {}

@InputType('DeleteRoleBindingInput')
export class DeleteRoleBindingInput {
  @Field(() => ID)
  readonly id!: string;
}

@InputType('RevokeApiKeyInput')
export class RevokeApiKeyInput {
  @Field(() => ID)
  readonly id!: string;
}

@InputType('TestKeystoreInput')
export class TestKeystoreInput {
  @Field(() => ID)
  readonly id!: string;
}

@InputType('ManagedKeyItem', { description: 'One key of a lifecycle mutation.' })
export class ManagedKeyItem extends ObjectInput {}

@ArgsType()
export class IdArgs {
  @Field(() => ID)
  readonly id!: string;
}
