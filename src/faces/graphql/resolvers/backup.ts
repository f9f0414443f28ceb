import { Ctx, Mutation, Resolver } from 'type-graphql';
import { createBackup } from '../../../services/backup/create.js';
import type { GraphqlContext } from '../context.js';
import { BackupType } from '../types/backup-type.js';

@Resolver()
export class BackupResolver {
  @Mutation(() => BackupType, {
    description: 'Writes an encrypted backup of the whole estate on the server’s machine, while everything else goes on.',
  })
  createBackup(@Ctx() { perform }: GraphqlContext) {
    return perform(createBackup, {});
  }
}
