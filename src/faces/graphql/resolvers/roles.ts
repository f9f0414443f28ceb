import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { createRole } from '../../../services/iam/create-role.js';
import { deleteRole } from '../../../services/iam/delete-role.js';
import { roles } from '../../../services/iam/list.js';
import { updateRole } from '../../../services/iam/update-role.js';
import { connectionOfAll } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { ChangeArgs, CreateArgs } from '../inputs/change-args.js';
import { RolesArgs } from '../inputs/iam-args.js';
import { CreateRoleInput, UpdateRoleInput } from '../inputs/iam-inputs.js';
import { DeleteRoleInput } from '../inputs/object-inputs.js';
import { pageCost } from '../limits/page-cost.js';
import { customRoleOf, RoleConnection, RoleType, roleOf } from '../types/iam-types.js';

@Resolver()
export class RoleResolver {
  @Query(() => RoleConnection, { complexity: pageCost, description: 'Built-in roles first, then custom ones by name.' })
  async roles(@Ctx() { perform }: GraphqlContext, @Args(() => RolesArgs) { filter, ...page }: RolesArgs) {
    const found = await perform(roles, given({ filter }));
    return connectionOfAll(found.map(roleOf), given(page) as object);
  }

  @Mutation(() => RoleType)
  async createRole(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreateRoleInput) input: CreateRoleInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return customRoleOf(await perform(createRole, given(input), options));
  }

  @Mutation(() => RoleType)
  async updateRole(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => UpdateRoleInput) input: UpdateRoleInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return customRoleOf(await perform(updateRole, input, options));
  }

  @Mutation(() => RoleType, { description: 'Bindings to it go with it.' })
  async deleteRole(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => DeleteRoleInput) input: DeleteRoleInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return customRoleOf(await perform(deleteRole, given(input), options));
  }
}
