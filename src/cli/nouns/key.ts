import { keyAlgorithms } from '../../domain/algorithms.js';
import { keyStates } from '../../domain/key-state.js';
import { syncFlags } from '../../domain/sync-state.js';
import { batchVerb, callVerb, listVerb } from '../calls.js';
import { dateMoves, targetsOf } from '../recipe.js';
import { argument, argumentList, column, type Given, mutation, type Noun, option, type Parameter, query, type Verb } from '../verb.js';
import { importKeyVerb } from './import-key.js';
import { keyUseVerbs } from './key-use.js';

const fields =
  'id revision vaultId templateId templateVersion label description state algorithm size origin version activationDate expirationDate destructionDate tags { name value } labelTags { name value } targets { id keystoreType group namingScheme attributes } deactivateOnRotation rotationPolicy { intervalDays } lifecyclePolicy { activateOnDate deactivateOnDate destroyOnDate } rotatedAt nextRotationAt activatedAt deactivatedAt compromisedAt destroyAt destroyedAt createdAt createdBy updatedAt updatedBy';
const tagTexts = (row: Readonly<Record<string, unknown>>) =>
  (row.tags as { name: string; value: string }[]).map(({ name, value }) => `${name}=${value}`);
const columns = [
  column('Label', 'label'),
  column('Id', 'id'),
  column('State', 'state'),
  column('Algorithm', 'algorithm'),
  column('Size', 'size'),
  column('Version', 'version'),
  column('Origin', 'origin'),
  column('Vault', 'vaultId'),
  column('Template', 'templateId'),
  column('Description', 'description'),
  { title: 'Tags', value: tagTexts },
  column('Activation date', 'activationDate'),
  column('Expiration date', 'expirationDate'),
  column('Destruction date', 'destructionDate'),
  column('Rotated', 'rotatedAt'),
  column('Next rotation', 'nextRotationAt'),
  column('Activated', 'activatedAt'),
  column('Deactivated', 'deactivatedAt'),
  column('Compromised', 'compromisedAt'),
  column('Destroyed at the latest', 'destroyAt'),
  column('Destroyed', 'destroyedAt'),
  column('Revision', 'revision'),
];
const keyArgument = argument('key', 'Id of the key, or vault/label.', { refers: 'key', at: 'managedKeyId' });

/** Properties that may change during a key's life. */
const changeable: readonly Parameter[] = [
  option('description', 'Up to 200 characters.', { at: 'input.description', placeholder: 'text' }),
  option('tag', 'A tag as name=value; several times for several.', { form: 'tags', at: 'input.tags' }),
  option('activation-date', 'First day, YYYY-MM-DD, or "none".', { form: 'nullable', at: 'input.activationDate', placeholder: 'day' }),
  option('expiration-date', 'Last day, YYYY-MM-DD, or "none".', { form: 'nullable', at: 'input.expirationDate', placeholder: 'day' }),
  option('destruction-date', 'Day of destruction, or "none".', { form: 'nullable', at: 'input.destructionDate', placeholder: 'day' }),
  option('rotate-every', 'Rotate by itself after so many days, or "none".', { form: 'number', placeholder: 'days' }),
  option('on-date', 'Moves that dates make by themselves; "none" for none.', { form: 'list', placeholder: 'activate,deactivate,destroy' }),
  option('deactivate-on-rotation', 'Whether rotation deactivates earlier versions.', {
    form: 'switch',
    at: 'input.deactivateOnRotation',
    placeholder: 'on|off',
  }),
];

/** Properties of a new key. */
export const creation: readonly Parameter[] = [
  option('vault', 'Id or name of its vault.', { at: 'input.vaultId', refers: 'vault', required: true }),
  option('template', 'Name of a key template of the vault, or its id.', {}),
  option('label', 'Name of the key, where the template has no naming scheme.', { at: 'input.label' }),
  option('value', 'A value of the naming scheme as name=value; several times for several.', { form: 'tags', at: 'input.namingValues' }),
  option('initial-state', 'State of the new key.', { at: 'input.initialState', choices: ['PRE_ACTIVATION', 'ACTIVE'] }),
  option('algorithm', 'Without a template: the algorithm.', { choices: keyAlgorithms }),
  option('size', 'Without a template: bits, or the name of the curve.', {}),
  option('target', 'Without a template: where the key goes, as type:group; several times for several.', {
    form: 'list',
    placeholder: 'type:group',
  }),
  ...changeable,
];

/** What the options of a key say that has no place of its own among the variables. */
export function completed(variables: Readonly<Record<string, unknown>>, given: Given) {
  const { template, algorithm, size, target } = given;
  const rotation = given['rotate-every'];
  const isId = /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(String(template));
  const input = {
    ...(variables.input as object | undefined),
    ...(template === undefined ? {} : { [isId ? 'templateId' : 'templateName']: template }),
    ...(algorithm === undefined ? {} : { template: { key: { algorithm, size }, targets: targetsOf(target ?? []) } }),
    ...(rotation === undefined ? {} : { rotationPolicy: rotation === null ? null : { intervalDays: rotation } }),
    ...dateMoves(given['on-date']),
  };
  return { ...variables, input };
}

interface Move {
  readonly name: string;
  readonly field: string;
  readonly summary: string;
  readonly danger?: string;
  readonly parameters?: readonly Parameter[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** Every verb that moves keys along their life. */
const moves: readonly Move[] = [
  { name: 'activate', field: 'activateManagedKey', summary: 'Makes keys usable in their keystores.' },
  { name: 'deactivate', field: 'deactivateManagedKey', summary: 'Ends protection: keys only decrypt, unwrap and verify from now on.' },
  { name: 'rotate', field: 'rotateManagedKey', summary: 'Gives keys a new version of material.' },
  {
    name: 'compromise',
    field: 'compromiseManagedKey',
    summary: 'Marks keys as compromised.',
    danger: 'Compromised keys cannot be made good again.',
    parameters: [option('reason', 'Why, for the audit log.', { at: 'reason', placeholder: 'text' })],
    variables: { reason: 'String' },
  },
  {
    name: 'destroy',
    field: 'destroyManagedKey',
    summary: 'Destroys keys when their pending period ends; active ones are deactivated at once.',
    danger: 'Data encrypted under destroyed keys is lost.',
  },
  { name: 'cancel-destruction', field: 'cancelManagedKeyDestruction', summary: 'Takes back a destruction that is still pending.' },
  { name: 'remove', field: 'removeManagedKey', summary: 'Forgets keys that are destroyed.', danger: 'Removed keys are listed no more.' },
  { name: 'sync', field: 'syncManagedKey', summary: 'Compares keys with their keystores now and repairs what differs.' },
  { name: 'align', field: 'alignManagedKey', summary: 'Makes keys follow the current version of their template.' },
];

const moved = [
  column('Label', 'managedKey.label'),
  column('Id', 'id'),
  column('State', 'managedKey.state'),
  column('Version', 'managedKey.version'),
  column('Destroyed at the latest', 'managedKey.destroyAt'),
  column('Revision', 'managedKey.revision'),
];

const moveVerbs: readonly Verb[] = moves.map(({ field, parameters = [], variables = {}, ...move }) =>
  batchVerb({
    ...move,
    operation: mutation(
      field,
      { items: '[ManagedKeyItem!]!', ...variables, dryRun: 'Boolean' },
      `id managedKey { ${fields} } error { code kind message details }`,
    ),
    parameters: [argumentList('keys', 'Ids of keys, or vault/label; up to 1,000.', { refers: 'key' }), ...parameters],
    columns: moved,
  }),
);

const listFilters: readonly Parameter[] = [
  option('vault', 'Only of these vaults.', { form: 'list', at: 'filter.vaultIds', refers: 'vault' }),
  option('state', 'Only in these states; PRE_ACTIVATION and ACTIVE if not given.', {
    form: 'list',
    at: 'filter.states',
    choices: keyStates,
  }),
  option('label', 'Only labels that hold this.', { at: 'filter.label' }),
  option('algorithm', 'Only of these algorithms.', { form: 'list', at: 'filter.algorithms', choices: keyAlgorithms }),
  option('template', 'Only of templates whose name begins so.', { at: 'filter.templateName' }),
  option('keystore', 'Only with a copy in these keystores.', { form: 'list', at: 'filter.keystoreIds', refers: 'keystore' }),
  option('keystore-type', 'Only with a copy in keystores of these types.', { form: 'list', at: 'filter.keystoreTypes' }),
  option('sync', 'Only with a copy in this state of synchronisation.', { form: 'list', at: 'filter.syncFlags', choices: syncFlags }),
  option('tag-name', 'Only with this tag.', { at: 'filter.tagName' }),
  option('tag-value', 'Only with a tag of this value.', { at: 'filter.tagValue' }),
  option('expires-until', 'Only with an expiration date up to this day.', { at: 'filter.expirationDateMax', placeholder: 'day' }),
];

export const key: Noun = {
  name: 'key',
  aliases: ['managed-key'],
  summary: 'Managed keys: one name, one lifecycle, copies in every keystore of their targets.',
  verbs: [
    listVerb({
      summary: 'Lists managed keys.',
      operation: query(
        'managedKeys',
        { filter: 'ManagedKeyFilter', first: 'Int', after: 'String' },
        `edges { node { ${fields} } } pageInfo { hasNextPage endCursor }`,
      ),
      parameters: listFilters,
      columns: [
        column('Label', 'label'),
        column('Id', 'id'),
        column('State', 'state'),
        column('Algorithm', 'algorithm'),
        column('Size', 'size'),
        column('Version', 'version'),
        column('Expires', 'expirationDate'),
        column('Destroyed at the latest', 'destroyAt'),
      ],
    }),
    callVerb({
      name: 'show',
      summary: 'Shows a managed key.',
      operation: query('managedKey', { id: 'ID!' }, fields),
      parameters: [{ ...keyArgument, at: 'id' }],
      columns,
    }),
    callVerb({
      name: 'create',
      summary: 'Makes a managed key, from a template or from its own properties.',
      operation: mutation('createManagedKey', { input: 'CreateManagedKeyInput!', clientToken: 'String', dryRun: 'Boolean' }, fields),
      parameters: creation,
      columns,
      complete: completed,
    }),
    importKeyVerb(creation, completed),
    callVerb({
      name: 'update',
      summary: 'Changes label, description, tags, dates or policies.',
      operation: mutation('updateManagedKey', { input: 'UpdateManagedKeyInput!', dryRun: 'Boolean' }, fields),
      parameters: [
        { ...keyArgument, at: 'input.id' },
        option('revision', 'Refuse unless the key still has this revision.', { form: 'number', at: 'input.revision', placeholder: 'n' }),
        option('label', 'New name, where the template has no naming scheme.', { at: 'input.label' }),
        ...changeable,
      ],
      columns,
      complete: completed,
    }),
    ...moveVerbs,
    listVerb({
      name: 'versions',
      summary: 'Lists the versions of a key.',
      operation: query(
        'keyVersions',
        { managedKeyId: 'ID!', first: 'Int', after: 'String' },
        'edges { node { id version state publicKey verificationPatterns { method value } createdAt } } pageInfo { hasNextPage endCursor }',
      ),
      parameters: [keyArgument],
      columns: [
        column('Version', 'version'),
        column('State', 'state'),
        column('Id', 'id'),
        {
          title: 'Check values',
          value: (row) =>
            (row.verificationPatterns as { method: string; value: string }[]).map(({ method, value }) => `${method} ${value}`),
        },
        column('Created', 'createdAt'),
      ],
    }),
    listVerb({
      name: 'instances',
      summary: 'Lists the copies of a key: what is wanted in each keystore, what was seen, and what happens next.',
      operation: query(
        'keyInstances',
        { filter: 'KeyInstanceFilter', first: 'Int', after: 'String' },
        'edges { node { id managedKeyId keystoreId name desiredState status syncFlag syncDetail remoteId attempts nextAttemptAt verifiedAt pendingUntil error { code message remedy } } } pageInfo { hasNextPage endCursor }',
      ),
      parameters: [{ ...keyArgument, at: 'filter.managedKeyIds', form: 'list' }],
      columns: [
        column('Name', 'name'),
        column('Keystore', 'keystoreId'),
        column('Wanted', 'desiredState'),
        column('Seen', 'status'),
        column('Sync', 'syncFlag'),
        column('Detail', 'syncDetail'),
        column('Next attempt', 'nextAttemptAt'),
        column('Problem', 'error.message'),
        column('What to do', 'error.remedy'),
      ],
    }),
    ...keyUseVerbs,
  ],
};
