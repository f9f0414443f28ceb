import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { ApiKey, Principal, PrincipalKind, Role, RoleBinding, Scope, ScopeKind } from '../../../domain/principal.js';
import type { AnyRole } from '../../../services/iam/list.js';
import { connectionOf } from '../connection.js';
import { PrincipalKindEnum, ScopeKindEnum } from '../enums.js';
import { DateTime } from '../scalars/date-time.js';
import { TrackedType } from './tracked-type.js';

@ObjectType('Principal', { simpleResolvers: true, description: 'Who acts: a person, a program, or the server itself.' })
export class PrincipalType extends TrackedType implements Principal {
  @Field(() => PrincipalKindEnum)
  readonly kind!: PrincipalKind;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly description!: string;
}

export const PrincipalConnection = connectionOf('Principal', PrincipalType);

@ObjectType('ApiKey', { simpleResolvers: true, description: 'A bearer secret of a principal; the secret itself is never shown again.' })
export class ApiKeyType extends TrackedType implements Omit<ApiKey, 'secretHash'> {
  @Field(() => ID)
  readonly principalId!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => DateTime, { nullable: true })
  readonly expiresAt!: string | null;

  @Field(() => DateTime, { nullable: true })
  readonly revokedAt!: string | null;
}

export const ApiKeyConnection = connectionOf('ApiKey', ApiKeyType);

@ObjectType('CreatedApiKey', { simpleResolvers: true })
export class CreatedApiKeyType {
  @Field(() => ApiKeyType)
  readonly apiKey!: Omit<ApiKey, 'secretHash'>;

  @Field(() => String, {
    nullable: true,
    description: 'What to send as `Authorization: Bearer`; shown this once. Null when the caller brought the secret.',
  })
  readonly token!: string | null;
}

@ObjectType('Role', { simpleResolvers: true, description: 'A set of actions under a name.' })
export class RoleType implements Pick<AnyRole, 'id' | 'name' | 'description' | 'actions' | 'builtIn'> {
  @Field(() => ID, { description: 'A built-in role is known by its name.' })
  readonly id!: string;

  @Field(() => String)
  readonly name!: string;

  @Field(() => String)
  readonly description!: string;

  @Field(() => [String])
  readonly actions!: readonly string[];

  @Field(() => Boolean)
  readonly builtIn!: boolean;

  @Field(() => Int, { nullable: true, description: 'Null for built-in roles, which nobody changes.' })
  readonly revision!: number | null;
}

export const RoleConnection = connectionOf('Role', RoleType);

/** A role of the list. */
export function roleOf({ role, ...fields }: AnyRole): RoleType {
  return { ...fields, revision: role?.revision ?? null };
}

/** A custom role. */
export function customRoleOf({ id, name, description, actions, revision }: Role): RoleType {
  return { id, name, description, actions, builtIn: false, revision };
}

@ObjectType('Scope', { simpleResolvers: true })
export class ScopeType implements Scope {
  @Field(() => ScopeKindEnum)
  readonly kind!: ScopeKind;

  @Field(() => ID, { nullable: true, description: 'Null for the whole instance.' })
  readonly id!: string | null;
}

@ObjectType('RoleBinding', { simpleResolvers: true, description: 'A role that a principal holds, and where.' })
export class RoleBindingType extends TrackedType implements RoleBinding {
  @Field(() => ID)
  readonly principalId!: string;

  @Field(() => ID)
  readonly roleId!: string;

  @Field(() => ScopeType)
  readonly scope!: Scope;
}

export const RoleBindingConnection = connectionOf('RoleBinding', RoleBindingType);
