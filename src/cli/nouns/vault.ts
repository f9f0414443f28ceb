import { callVerb, listVerb } from '../calls.js';
import { argument, column, mutation, type Noun, option, query } from '../verb.js';

const fields = 'id revision name description recoveryKeyLabel state createdAt createdBy updatedAt updatedBy';
const columns = [
  column('Name', 'name'),
  column('Id', 'id'),
  column('Description', 'description'),
  column('Recovery key label', 'recoveryKeyLabel'),
  column('Revision', 'revision'),
  column('Created', 'createdAt'),
  column('Updated', 'updatedAt'),
];
const vaultArgument = argument('vault', 'Id or name of the vault.', { refers: 'vault', at: 'input.id' });
const revision = option('revision', 'Refuse unless the vault still has this revision.', {
  form: 'number',
  at: 'input.revision',
  placeholder: 'n',
});

export const vault: Noun = {
  name: 'vault',
  summary: 'Vaults: the unit in which people are given rights.',
  verbs: [
    listVerb({
      summary: 'Lists vaults.',
      operation: query(
        'vaults',
        { filter: 'VaultFilter', first: 'Int', after: 'String' },
        `edges { node { ${fields} } } pageInfo { hasNextPage endCursor }`,
      ),
      parameters: [
        option('name', 'Only names that begin so.', { at: 'filter.name' }),
        option('description', 'Only descriptions that hold this.', { at: 'filter.description' }),
      ],
      columns: [column('Name', 'name'), column('Id', 'id'), column('Description', 'description'), column('Created', 'createdAt')],
    }),
    callVerb({
      name: 'show',
      summary: 'Shows a vault.',
      operation: query('vault', { id: 'ID!' }, fields),
      parameters: [{ ...vaultArgument, at: 'id' }],
      columns,
    }),
    callVerb({
      name: 'create',
      summary: 'Makes a vault.',
      operation: mutation('createVault', { input: 'CreateVaultInput!', clientToken: 'String', dryRun: 'Boolean' }, fields),
      parameters: [
        option('name', 'Name, unique among vaults.', { at: 'input.name', required: true }),
        option('description', 'Up to 200 characters.', { at: 'input.description', placeholder: 'text' }),
        option('recovery-key-label', 'Label of a recovery key.', { at: 'input.recoveryKeyLabel', placeholder: 'label' }),
      ],
      columns,
    }),
    callVerb({
      name: 'update',
      summary: 'Changes name, description or recovery key label.',
      operation: mutation('updateVault', { input: 'UpdateVaultInput!', dryRun: 'Boolean' }, fields),
      parameters: [
        vaultArgument,
        revision,
        option('name', 'New name.', { at: 'input.name' }),
        option('description', 'New description.', { at: 'input.description', placeholder: 'text' }),
        option('recovery-key-label', 'New label, or "none".', { form: 'nullable', at: 'input.recoveryKeyLabel', placeholder: 'label' }),
      ],
      columns,
    }),
    callVerb({
      name: 'delete',
      summary: 'Deletes an empty vault; one whose keys are all being destroyed goes when the last of them ends.',
      operation: mutation('deleteVault', { input: 'DeleteVaultInput!', dryRun: 'Boolean' }, fields),
      parameters: [vaultArgument, revision],
      columns,
      danger: 'This deletes the vault and its archived templates.',
    }),
  ],
};
