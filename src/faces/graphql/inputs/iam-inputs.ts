import { Field, ID, InputType } from 'type-graphql';
import type { PrincipalKind, ScopeKind } from '../../../domain/principal.js';
import { PrincipalKindEnum, ScopeKindEnum } from '../enums.js';
import { Base64 } from '../scalars/base64.js';
import { DateTime } from '../scalars/date-time.js';
import { UpdateInput } from './object-inputs.js';

@InputType('CreatePrincipalInput')
export class CreatePrincipalInput {
  @Field(() => PrincipalKindEnum, { description: 'USER or SERVICE.' })
  readonly kind!: PrincipalKind;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => ID, { nullable: true, description: 'Id by which another system knows it; made here without it.' })
  readonly id?: string | null;
}

@InputType('UpdatePrincipalInput')
export class UpdatePrincipalInput extends UpdateInput {
  @Field(() => String, { nullable: true })
  readonly name?: string | null;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;
}

@InputType('CreateApiKeyInput')
export class CreateApiKeyInput {
  @Field(() => ID)
  readonly principalId!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => DateTime, { nullable: true })
  readonly expiresAt?: string | null;

  @Field(() => Base64, { nullable: true, description: "The caller's own 32 random bytes." })
  readonly secret?: Uint8Array | null;
}

@InputType('CreateRoleInput')
export class CreateRoleInput {
  @Field(() => String)
  readonly name!: string;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => [String])
  readonly actions!: readonly string[];
}

@InputType('UpdateRoleInput')
export class UpdateRoleInput extends UpdateInput {
  @Field(() => String, { nullable: true })
  readonly name?: string | null;

  @Field(() => String, { nullable: true })
  readonly description?: string | null;

  @Field(() => [String], { nullable: true })
  readonly actions?: readonly string[] | null;
}

@InputType('ScopeInput')
export class ScopeInput {
  @Field(() => ScopeKindEnum)
  readonly kind!: ScopeKind;

  @Field(() => ID, { nullable: true, description: 'Absent for INSTANCE.' })
  readonly id?: string | null;
}

@InputType('CreateRoleBindingInput')
export class CreateRoleBindingInput {
  @Field(() => ID)
  readonly principalId!: string;

  @Field(() => ID, { description: "A built-in role's name or a custom role's id." })
  readonly roleId!: string;

  @Field(() => ScopeInput)
  readonly scope!: ScopeInput;
}
