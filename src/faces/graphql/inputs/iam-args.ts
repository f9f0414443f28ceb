import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { PrincipalKind } from '../../../domain/principal.js';
import { iamSortFields, namedIamSortFields } from '../../../services/iam/list.js';
import { PrincipalKindEnum } from '../enums.js';
import { PagingArgs } from './paging-args.js';
import { type SortInput, sortInput } from './sort-input.js';

@InputType('PrincipalFilter')
class PrincipalFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [PrincipalKindEnum], { nullable: true })
  readonly kinds?: readonly PrincipalKind[] | null;

  @Field(() => String, { nullable: true, description: 'Contains.' })
  readonly name?: string | null;
}

const PrincipalSort = sortInput('Principal', namedIamSortFields);

@ArgsType()
export class PrincipalsArgs extends PagingArgs {
  @Field(() => PrincipalFilter, { nullable: true })
  readonly filter?: PrincipalFilter | null;

  @Field(() => [PrincipalSort], { nullable: true })
  readonly sort?: readonly SortInput[] | null;
}

@InputType('ApiKeyFilter')
class ApiKeyFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly principalIds?: readonly string[] | null;

  @Field(() => Boolean, { nullable: true })
  readonly revoked?: boolean | null;
}

const ApiKeySort = sortInput('ApiKey', namedIamSortFields);

@ArgsType()
export class ApiKeysArgs extends PagingArgs {
  @Field(() => ApiKeyFilter, { nullable: true })
  readonly filter?: ApiKeyFilter | null;

  @Field(() => [ApiKeySort], { nullable: true })
  readonly sort?: readonly SortInput[] | null;
}

@InputType('RoleFilter')
class RoleFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => Boolean, { nullable: true })
  readonly builtIn?: boolean | null;
}

@ArgsType()
export class RolesArgs extends PagingArgs {
  @Field(() => RoleFilter, { nullable: true })
  readonly filter?: RoleFilter | null;
}

@InputType('RoleBindingFilter')
class RoleBindingFilter {
  @Field(() => [ID], { nullable: true })
  readonly ids?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly principalIds?: readonly string[] | null;

  @Field(() => [ID], { nullable: true })
  readonly roleIds?: readonly string[] | null;
}

const RoleBindingSort = sortInput('RoleBinding', iamSortFields);

@ArgsType()
export class RoleBindingsArgs extends PagingArgs {
  @Field(() => RoleBindingFilter, { nullable: true })
  readonly filter?: RoleBindingFilter | null;

  @Field(() => [RoleBindingSort], { nullable: true })
  readonly sort?: readonly SortInput[] | null;
}
