import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { EstateError } from '../../../domain/errors.js';
import type { ApiKey, Principal, RoleBinding } from '../../../domain/principal.js';
import { createApiKey } from '../../../services/iam/create-api-key.js';
import { createPrincipal } from '../../../services/iam/create-principal.js';
import { createRoleBinding } from '../../../services/iam/create-role-binding.js';
import { deletePrincipal } from '../../../services/iam/delete-principal.js';
import { deleteRoleBinding } from '../../../services/iam/delete-role-binding.js';
import { apiKeys, principals, roleBindings } from '../../../services/iam/list.js';
import { revokeApiKey } from '../../../services/iam/revoke-api-key.js';
import { updatePrincipal } from '../../../services/iam/update-principal.js';
import { connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { ChangeArgs, CreateArgs } from '../inputs/change-args.js';
import { ApiKeysArgs, PrincipalsArgs, RoleBindingsArgs } from '../inputs/iam-args.js';
import { CreateApiKeyInput, CreatePrincipalInput, CreateRoleBindingInput, UpdatePrincipalInput } from '../inputs/iam-inputs.js';
import { DeletePrincipalInput, DeleteRoleBindingInput, IdArgs, RevokeApiKeyInput } from '../inputs/object-inputs.js';
import { listCost, pageCost } from '../limits/page-cost.js';
import {
  ApiKeyConnection,
  ApiKeyType,
  CreatedApiKeyType,
  PrincipalConnection,
  PrincipalType,
  RoleBindingConnection,
  RoleBindingType,
} from '../types/iam-types.js';

@Resolver(() => PrincipalType)
export class PrincipalResolver {
  @Query(() => PrincipalType)
  async principal(@Ctx() { perform }: GraphqlContext, @Args(() => IdArgs) { id }: IdArgs) {
    const { items } = await perform(principals, { filter: { ids: [id] } });
    const [found] = items;
    if (!found) throw new EstateError('PRINCIPAL_NOT_FOUND');
    return found.entity;
  }

  @Query(() => PrincipalConnection, { complexity: pageCost })
  async principals(@Ctx() { perform }: GraphqlContext, @Args(() => PrincipalsArgs) args: PrincipalsArgs) {
    return connection(await perform(principals, given(args)));
  }

  @Mutation(() => PrincipalType)
  createPrincipal(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreatePrincipalInput) input: CreatePrincipalInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return perform(createPrincipal, given(input), options);
  }

  @Mutation(() => PrincipalType)
  updatePrincipal(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => UpdatePrincipalInput) input: UpdatePrincipalInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(updatePrincipal, input, options);
  }

  @Mutation(() => PrincipalType, { description: 'Its API keys and role bindings go with it.' })
  deletePrincipal(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => DeletePrincipalInput) input: DeletePrincipalInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(deletePrincipal, given(input), options);
  }

  @FieldResolver(() => [ApiKeyType], { complexity: listCost })
  apiKeys(@Ctx() { loaders }: GraphqlContext, @Root() { id }: Principal) {
    return loaders.apiKeysOfPrincipal.load(id);
  }

  @FieldResolver(() => [RoleBindingType], { complexity: listCost })
  roleBindings(@Ctx() { loaders }: GraphqlContext, @Root() { id }: Principal) {
    return loaders.roleBindingsOfPrincipal.load(id);
  }
}

@Resolver(() => ApiKeyType)
export class ApiKeyResolver {
  @Query(() => ApiKeyConnection, { complexity: pageCost })
  async apiKeys(@Ctx() { perform }: GraphqlContext, @Args(() => ApiKeysArgs) args: ApiKeysArgs) {
    return connection(await perform(apiKeys, given(args)));
  }

  @Mutation(() => CreatedApiKeyType)
  createApiKey(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreateApiKeyInput) input: CreateApiKeyInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return perform(createApiKey, given(input), options);
  }

  @Mutation(() => ApiKeyType)
  revokeApiKey(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => RevokeApiKeyInput) input: RevokeApiKeyInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(revokeApiKey, input, options);
  }

  @FieldResolver(() => PrincipalType, { nullable: true })
  principal(@Ctx() { loaders }: GraphqlContext, @Root() { principalId }: ApiKey) {
    return loaders.principal.load(principalId);
  }
}

@Resolver(() => RoleBindingType)
export class RoleBindingResolver {
  @Query(() => RoleBindingConnection, { complexity: pageCost })
  async roleBindings(@Ctx() { perform }: GraphqlContext, @Args(() => RoleBindingsArgs) args: RoleBindingsArgs) {
    return connection(await perform(roleBindings, given(args)));
  }

  @Mutation(() => RoleBindingType)
  createRoleBinding(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreateRoleBindingInput) input: CreateRoleBindingInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return perform(createRoleBinding, given(input), options);
  }

  @Mutation(() => RoleBindingType)
  deleteRoleBinding(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => DeleteRoleBindingInput) input: DeleteRoleBindingInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(deleteRoleBinding, input, options);
  }

  @FieldResolver(() => PrincipalType, { nullable: true })
  principal(@Ctx() { loaders }: GraphqlContext, @Root() { principalId }: RoleBinding) {
    return loaders.principal.load(principalId);
  }
}
