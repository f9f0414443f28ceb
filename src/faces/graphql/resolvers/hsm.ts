import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import {
  activateMasterKey,
  clearNewMasterKey,
  commitMasterKey,
  initialiseMasterKey,
  loadMasterKeyPart,
} from '../../../services/hsm/master-key.js';
import { hsm, hsmImporters } from '../../../services/hsm/status.js';
import { instance } from '../../../services/instance/get.js';
import type { GraphqlContext } from '../context.js';
import { ActivateMasterKeyInput, CommitMasterKeyInput, LoadMasterKeyPartInput } from '../inputs/hsm-inputs.js';
import { HsmImporterType, HsmType, InstanceType, MasterKeyRegistersType } from '../types/hsm-types.js';

@Resolver()
export class HsmResolver {
  @Query(() => InstanceType)
  instance(@Ctx() { perform }: GraphqlContext) {
    return perform(instance, {});
  }

  @Query(() => HsmType)
  hsm(@Ctx() { perform }: GraphqlContext) {
    return perform(hsm, {});
  }

  @Query(() => [HsmImporterType], { description: 'The keys to which master key parts are encrypted, one per crypto unit.' })
  hsmImporters(@Ctx() { perform }: GraphqlContext) {
    return perform(hsmImporters, {});
  }

  @Mutation(() => MasterKeyRegistersType, {
    description: 'Lets an HSM without a ceremony, such as a PKCS#11 token, make its master key; once.',
  })
  initialiseMasterKey(@Ctx() { perform }: GraphqlContext) {
    return perform(initialiseMasterKey, {});
  }

  @Mutation(() => MasterKeyRegistersType)
  loadMasterKeyPart(@Ctx() { perform }: GraphqlContext, @Arg('input', () => LoadMasterKeyPartInput) input: LoadMasterKeyPartInput) {
    return perform(loadMasterKeyPart, input);
  }

  @Mutation(() => MasterKeyRegistersType)
  commitMasterKey(@Ctx() { perform }: GraphqlContext, @Arg('input', () => CommitMasterKeyInput) input: CommitMasterKeyInput) {
    return perform(commitMasterKey, input);
  }

  @Mutation(() => MasterKeyRegistersType, { description: 'On a sealed HSM this unseals it.' })
  activateMasterKey(@Ctx() { perform }: GraphqlContext, @Arg('input', () => ActivateMasterKeyInput) input: ActivateMasterKeyInput) {
    return perform(activateMasterKey, input);
  }

  @Mutation(() => MasterKeyRegistersType)
  clearNewMasterKey(@Ctx() { perform }: GraphqlContext) {
    return perform(clearNewMasterKey, {});
  }
}
