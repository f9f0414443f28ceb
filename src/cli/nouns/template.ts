import { keyAlgorithms } from '../../domain/algorithms.js';
import { templateStates, templateTypes } from '../../domain/template.js';
import { callVerb, listVerb } from '../calls.js';
import { dateMoves, targetsOf } from '../recipe.js';
import { argument, column, type Given, mutation, type Noun, option, type Parameter, query } from '../verb.js';

const fields =
  'id revision vaultId name description namingScheme types state version key { algorithm size activationPeriod expirationPeriod initialState deactivateOnRotation rotationPolicy { intervalDays } lifecyclePolicy { activateOnDate deactivateOnDate destroyOnDate } } targets { id keystoreType group namingScheme attributes } createdAt createdBy updatedAt updatedBy';
const targetTexts = (row: Readonly<Record<string, unknown>>) =>
  (row.targets as { keystoreType: string; group: string }[]).map(({ keystoreType, group }) => `${keystoreType}:${group}`);
const columns = [
  column('Name', 'name'),
  column('Id', 'id'),
  column('Vault', 'vaultId'),
  column('Description', 'description'),
  column('Naming scheme', 'namingScheme'),
  column('Algorithm', 'key.algorithm'),
  column('Size', 'key.size'),
  column('Initial state', 'key.initialState'),
  column('Activation period', 'key.activationPeriod'),
  column('Expiration period', 'key.expirationPeriod'),
  column('Rotates every, days', 'key.rotationPolicy.intervalDays'),
  column('Deactivates on rotation', 'key.deactivateOnRotation'),
  { title: 'Targets', value: targetTexts },
  column('Types', 'types'),
  column('State', 'state'),
  column('Version', 'version'),
  column('Revision', 'revision'),
  column('Created', 'createdAt'),
];
const templateArgument = argument('template', 'Id of the template, or vault/name.', { refers: 'template', at: 'input.id' });
const revision = option('revision', 'Refuse unless the template still has this revision.', {
  form: 'number',
  at: 'input.revision',
  placeholder: 'n',
});

/** Properties of the keys that a template makes. */
const keyOptions: readonly Parameter[] = [
  option('size', 'Bits, or the name of the curve.', { at: 'input.key.size' }),
  option('activation-period', 'ISO 8601 period from creation to activation, or "none".', {
    form: 'nullable',
    at: 'input.key.activationPeriod',
    placeholder: 'P1Y',
  }),
  option('expiration-period', 'ISO 8601 period from activation to expiration, or "none".', {
    form: 'nullable',
    at: 'input.key.expirationPeriod',
    placeholder: 'P1Y',
  }),
  option('initial-state', 'State of new keys.', { at: 'input.key.initialState', choices: ['PRE_ACTIVATION', 'ACTIVE'] }),
  option('deactivate-on-rotation', 'Whether rotation deactivates earlier versions.', {
    form: 'switch',
    at: 'input.key.deactivateOnRotation',
    placeholder: 'on|off',
  }),
  option('rotate-every', 'Rotate by itself after so many days, or "none".', { form: 'number', placeholder: 'days' }),
  option('on-date', 'Moves that dates make by themselves; "none" for none.', { form: 'list', placeholder: 'activate,deactivate,destroy' }),
];
const target = option('target', 'Where keys go, as type:group or type:group:naming-scheme; several times for several.', {
  form: 'list',
  placeholder: 'type:group',
});

function completed(variables: Readonly<Record<string, unknown>>, given: Given) {
  const input = { ...(variables.input as Record<string, unknown>) };
  const key = {
    ...(input.key as object | undefined),
    ...('rotate-every' in given ? { rotationPolicy: given['rotate-every'] === null ? null : { intervalDays: given['rotate-every'] } } : {}),
    ...dateMoves(given['on-date']),
  };
  if (Object.keys(key).length > 0) input.key = key;
  if (given.target !== undefined) input.targets = targetsOf(given.target);
  return { ...variables, input };
}

const stateVerb = (name: string, summary: string, field: string, inputType: string) =>
  callVerb({
    name,
    summary,
    operation: mutation(field, { input: inputType, dryRun: 'Boolean' }, fields),
    parameters: [templateArgument, revision],
    columns,
  });

export const template: Noun = {
  name: 'template',
  aliases: ['key-template'],
  summary: 'Key templates: recipes that managed keys are made from.',
  verbs: [
    listVerb({
      summary: 'Lists key templates.',
      operation: query(
        'keyTemplates',
        { filter: 'KeyTemplateFilter', first: 'Int', after: 'String' },
        `edges { node { ${fields} } } pageInfo { hasNextPage endCursor }`,
      ),
      parameters: [
        option('vault', 'Only of these vaults.', { form: 'list', at: 'filter.vaultIds', refers: 'vault' }),
        option('name', 'Only names that begin so.', { at: 'filter.name' }),
        option('state', 'Only in this state.', { form: 'list', at: 'filter.states', choices: templateStates }),
        option('type', 'Only of these types.', { form: 'list', at: 'filter.types', choices: templateTypes }),
      ],
      columns: [
        column('Name', 'name'),
        column('Id', 'id'),
        column('Algorithm', 'key.algorithm'),
        column('Size', 'key.size'),
        { title: 'Targets', value: targetTexts },
        column('State', 'state'),
        column('Version', 'version'),
      ],
    }),
    callVerb({
      name: 'show',
      summary: 'Shows a key template.',
      operation: query('keyTemplate', { id: 'ID!' }, fields),
      parameters: [{ ...templateArgument, at: 'id' }],
      columns,
    }),
    callVerb({
      name: 'create',
      summary: 'Makes a key template.',
      operation: mutation('createKeyTemplate', { input: 'CreateKeyTemplateInput!', clientToken: 'String', dryRun: 'Boolean' }, fields),
      parameters: [
        option('vault', 'Id or name of its vault.', { at: 'input.vaultId', refers: 'vault', required: true }),
        option('name', 'Name, unique in the vault.', { at: 'input.name', required: true }),
        option('description', 'Up to 200 characters.', { at: 'input.description', placeholder: 'text' }),
        option('algorithm', 'Algorithm of the keys.', { at: 'input.key.algorithm', choices: keyAlgorithms, required: true }),
        ...keyOptions,
        { ...target, required: true },
        option('naming-scheme', 'How keys are named, for example "<APP>-<lay>".', { at: 'input.namingScheme', placeholder: 'scheme' }),
      ],
      columns,
      complete: completed,
    }),
    callVerb({
      name: 'update',
      summary: 'Changes a key template; keys follow when they are aligned.',
      operation: mutation('updateKeyTemplate', { input: 'UpdateKeyTemplateInput!', dryRun: 'Boolean' }, fields),
      parameters: [
        templateArgument,
        revision,
        option('name', 'New name.', { at: 'input.name' }),
        option('description', 'New description.', { at: 'input.description', placeholder: 'text' }),
        ...keyOptions,
        target,
      ],
      columns,
      complete: completed,
    }),
    stateVerb('archive', 'Archives a template: no new keys from it.', 'archiveKeyTemplate', 'ArchiveKeyTemplateInput!'),
    stateVerb('unarchive', 'Takes a template back from the archive.', 'unarchiveKeyTemplate', 'UnarchiveKeyTemplateInput!'),
    stateVerb('expose', 'Makes a shadow template one that people use.', 'exposeKeyTemplate', 'ExposeKeyTemplateInput!'),
    {
      ...stateVerb('delete', 'Deletes a template that no key was made from.', 'deleteKeyTemplate', 'DeleteKeyTemplateInput!'),
      danger: 'This deletes the key template.',
    },
  ],
};
