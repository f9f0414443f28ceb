import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { KeyTemplate } from '../../../domain/template.js';
import { archiveKeyTemplate, unarchiveKeyTemplate } from '../../../services/templates/archive.js';
import { createKeyTemplate } from '../../../services/templates/create.js';
import { deleteKeyTemplate } from '../../../services/templates/delete.js';
import { exposeKeyTemplate } from '../../../services/templates/expose.js';
import { keyTemplate } from '../../../services/templates/get.js';
import { keyTemplates } from '../../../services/templates/list.js';
import { updateKeyTemplate } from '../../../services/templates/update.js';
import { connection } from '../connection.js';
import type { GraphqlContext } from '../context.js';
import { given } from '../given.js';
import { ChangeArgs, CreateArgs } from '../inputs/change-args.js';
import { CreateKeyTemplateInput, KeyTemplateArgs, KeyTemplatesArgs, UpdateKeyTemplateInput } from '../inputs/key-template-inputs.js';
import {
  ArchiveKeyTemplateInput,
  DeleteKeyTemplateInput,
  ExposeKeyTemplateInput,
  UnarchiveKeyTemplateInput,
} from '../inputs/object-inputs.js';
import { pageCost } from '../limits/page-cost.js';
import { KeyTemplateConnection, KeyTemplateType } from '../types/key-template-type.js';
import { VaultType } from '../types/vault-type.js';

@Resolver(() => KeyTemplateType)
export class KeyTemplateResolver {
  @Query(() => KeyTemplateType, { description: 'A key template, by id or by vault and name.' })
  keyTemplate(@Ctx() { perform }: GraphqlContext, @Args(() => KeyTemplateArgs) args: KeyTemplateArgs) {
    return perform(keyTemplate, given(args));
  }

  @Query(() => KeyTemplateConnection, { complexity: pageCost })
  async keyTemplates(@Ctx() { perform }: GraphqlContext, @Args(() => KeyTemplatesArgs) args: KeyTemplatesArgs) {
    return connection(await perform(keyTemplates, given(args)));
  }

  @Mutation(() => KeyTemplateType)
  createKeyTemplate(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => CreateKeyTemplateInput) input: CreateKeyTemplateInput,
    @Args(() => CreateArgs) options: CreateArgs,
  ) {
    return perform(createKeyTemplate, given(input), options);
  }

  @Mutation(() => KeyTemplateType, { description: 'Keys follow a changed template once they are aligned.' })
  updateKeyTemplate(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => UpdateKeyTemplateInput) input: UpdateKeyTemplateInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(updateKeyTemplate, input, options);
  }

  @Mutation(() => KeyTemplateType, { description: 'No keys are made from an archived template, and none are aligned to it.' })
  archiveKeyTemplate(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => ArchiveKeyTemplateInput) input: ArchiveKeyTemplateInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(archiveKeyTemplate, given(input), options);
  }

  @Mutation(() => KeyTemplateType)
  unarchiveKeyTemplate(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => UnarchiveKeyTemplateInput) input: UnarchiveKeyTemplateInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(unarchiveKeyTemplate, given(input), options);
  }

  @Mutation(() => KeyTemplateType, { description: 'Makes the template of a key with properties of its own one for everybody.' })
  exposeKeyTemplate(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => ExposeKeyTemplateInput) input: ExposeKeyTemplateInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(exposeKeyTemplate, given(input), options);
  }

  @Mutation(() => KeyTemplateType)
  deleteKeyTemplate(
    @Ctx() { perform }: GraphqlContext,
    @Arg('input', () => DeleteKeyTemplateInput) input: DeleteKeyTemplateInput,
    @Args(() => ChangeArgs) options: ChangeArgs,
  ) {
    return perform(deleteKeyTemplate, given(input), options);
  }

  @FieldResolver(() => VaultType, { nullable: true })
  vault(@Ctx() { loaders }: GraphqlContext, @Root() { vaultId }: KeyTemplate) {
    return loaders.vault.load(vaultId);
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Null where you may not read keys.' })
  keysCount(@Ctx() { loaders }: GraphqlContext, @Root() { id, vaultId }: KeyTemplate) {
    return loaders.keyCountOfTemplate.load({ id, vaultId });
  }
}
