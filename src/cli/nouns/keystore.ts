import { keystoreDeleteModes } from '../../domain/keystore.js';
import { arrayVerb, callVerb, listVerb, send } from '../calls.js';
import type { Variables } from '../client.js';
import { argument, column, mutation, type Noun, option, query, type Session } from '../verb.js';

const fields =
  'id revision vaultId type name description groups tlsProxy location connection pendingDestructionSeconds state healthStatus healthMessage lastHeartbeatAt createdAt createdBy updatedAt updatedBy';
const columns = [
  column('Name', 'name'),
  column('Id', 'id'),
  column('Type', 'type'),
  column('Vault', 'vaultId'),
  column('Groups', 'groups'),
  column('Description', 'description'),
  column('Location', 'location'),
  column('Health', 'healthStatus'),
  column('Health message', 'healthMessage'),
  column('Last contact', 'lastHeartbeatAt'),
  column('Pending destruction, s', 'pendingDestructionSeconds'),
  column('State', 'state'),
  column('Revision', 'revision'),
  column('Created', 'createdAt'),
];
const keystoreArgument = argument('keystore', 'Id of the keystore, or vault/name.', { refers: 'keystore', at: 'input.id' });
const revision = option('revision', 'Refuse unless the keystore still has this revision.', {
  form: 'number',
  at: 'input.revision',
  placeholder: 'n',
});
const settings = [
  option('description', 'Up to 200 characters.', { at: 'input.description', placeholder: 'text' }),
  option('group', 'Group that templates find it by; several times for several.', { form: 'list', at: 'input.groups' }),
  option('tls-proxy', 'URL of a proxy on the way to it, or "none".', { form: 'nullable', at: 'input.tlsProxy', placeholder: 'url' }),
  option('pending-destruction', 'Seconds a key stays recoverable here, or "none" for the default of the server.', {
    form: 'number',
    at: 'input.pendingDestructionSeconds',
    placeholder: 'seconds',
  }),
  option('connection', 'A connection field as name=value or name=@file; "keystore-type list" names them.', {
    form: 'fields',
    placeholder: 'field',
  }),
] as const;

/** The input with the connection as its type's member; texts become what the type's descriptor says. */
async function withConnection(session: Session, variables: Variables, type: string, texts: unknown): Promise<Variables> {
  const given = Object.entries((texts ?? {}) as Readonly<Record<string, string>>);
  const descriptors = given.length === 0 ? [] : ((await send(session, typesOperation, {})) as readonly TypeFields[]);
  const fields = descriptors.find((descriptor) => descriptor.type === type)?.fields ?? [];
  const values = given.map(([name, text]) => [
    name,
    fieldValues[fields.find((field) => field.name === name)?.type ?? 'STRING']?.(text) ?? text,
  ]);
  return { ...variables, input: { ...(variables.input as object), connection: { [type]: Object.fromEntries(values) } } };
}

const typeOperation = query('keystore', { id: 'ID!' }, 'type');
const typesOperation = query('keystoreTypes', {}, 'type fields { name type }');

interface TypeFields {
  readonly type: string;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

/** How the text of a connection field becomes its value. */
const fieldValues: Readonly<Record<string, (text: string) => unknown>> = {
  INTEGER: Number,
  BOOLEAN: (text) => ['true', 'yes', 'on'].includes(text),
  ENUM_LIST: (text) => text.split(','),
};

export const keystore: Noun = {
  name: 'keystore',
  summary: 'Keystores: places that hold copies of managed keys.',
  verbs: [
    listVerb({
      summary: 'Lists keystores.',
      operation: query(
        'keystores',
        { filter: 'KeystoreFilter', first: 'Int', after: 'String' },
        `edges { node { ${fields} } } pageInfo { hasNextPage endCursor }`,
      ),
      parameters: [
        option('vault', 'Only of these vaults.', { form: 'list', at: 'filter.vaultIds', refers: 'vault' }),
        option('name', 'Only names that hold this.', { at: 'filter.name' }),
        option('type', 'Only of these types.', { form: 'list', at: 'filter.types' }),
        option('group', 'Only with one of these groups.', { form: 'list', at: 'filter.groups' }),
        option('health', 'Only with one of these health states.', {
          form: 'list',
          at: 'filter.healthStatuses',
          choices: ['OK', 'NOT_RESPONDING', 'CONFIGURATION_ERROR', 'PENDING_CHECK'],
        }),
      ],
      columns: [
        column('Name', 'name'),
        column('Id', 'id'),
        column('Type', 'type'),
        column('Groups', 'groups'),
        column('Health', 'healthStatus'),
        column('Location', 'location'),
      ],
    }),
    callVerb({
      name: 'show',
      summary: 'Shows a keystore; secrets are never shown.',
      operation: query('keystore', { id: 'ID!' }, fields),
      parameters: [{ ...keystoreArgument, at: 'id' }],
      columns,
    }),
    callVerb({
      name: 'create',
      summary: 'Connects a keystore.',
      operation: mutation('createKeystore', { input: 'CreateKeystoreInput!', clientToken: 'String', dryRun: 'Boolean' }, fields),
      parameters: [
        option('vault', 'Id or name of its vault.', { at: 'input.vaultId', refers: 'vault', required: true }),
        option('type', 'A type of "keystore-type list".', { required: true }),
        option('name', 'Name, unique in the vault.', { at: 'input.name', required: true }),
        ...settings,
      ],
      columns,
      complete: async (variables, given, session) =>
        given.type === undefined ? variables : await withConnection(session, variables, String(given.type), given.connection),
    }),
    callVerb({
      name: 'update',
      summary: 'Changes a keystore; a change of groups moves keys in or out of it.',
      operation: mutation('updateKeystore', { input: 'UpdateKeystoreInput!', dryRun: 'Boolean' }, fields),
      parameters: [keystoreArgument, revision, option('name', 'New name.', { at: 'input.name' }), ...settings],
      columns,
      complete: async (variables, given, session) => {
        if (given.connection === undefined) return variables;
        const { type } = (await send(session, typeOperation, { id: (variables.input as { readonly id: string }).id })) as {
          readonly type: string;
        };
        return await withConnection(session, variables, type, given.connection);
      },
    }),
    callVerb({
      name: 'test',
      summary: 'Asks the keystore for a sign of life.',
      operation: mutation('testKeystore', { input: 'TestKeystoreInput!' }, 'healthStatus message location'),
      parameters: [keystoreArgument],
      columns: [column('Health', 'healthStatus'), column('Message', 'message'), column('Location', 'location')],
    }),
    callVerb({
      name: 'delete',
      summary: 'Disconnects a keystore; --mode says what becomes of the keys in it.',
      operation: mutation('deleteKeystore', { input: 'DeleteKeystoreInput!', dryRun: 'Boolean' }, fields),
      parameters: [
        keystoreArgument,
        revision,
        option('mode', 'RESTRICT refuses while keys are installed.', { at: 'input.mode', choices: keystoreDeleteModes }),
      ],
      columns,
      danger: 'This disconnects the keystore.',
    }),
  ],
};

const fieldSelection = 'name title type required secret mutable values description';
const typeFields = `type title description deactivatedMeans fields { ${fieldSelection} } targetAttributes { ${fieldSelection} } algorithms { algorithm sizes }`;

interface FieldText {
  readonly name: string;
  readonly required: boolean;
}
const fieldText = ({ name, required }: FieldText) => (required ? name : `[${name}]`);

interface AlgorithmText {
  readonly algorithm: string;
  readonly sizes: readonly string[];
}
const algorithmText = ({ algorithm, sizes }: AlgorithmText) => `${algorithm} ${sizes.join('/')}`;

export const keystoreType: Noun = {
  name: 'keystore-type',
  summary: 'Types of keystores that this server knows.',
  verbs: [
    arrayVerb({
      name: 'list',
      summary: 'Lists the types with their connection fields and algorithms.',
      operation: query('keystoreTypes', {}, typeFields),
      parameters: [],
      columns: [
        column('Type', 'type'),
        column('Title', 'title'),
        { title: 'Connection fields', value: (row) => (row.fields as FieldText[]).map(fieldText) },
        { title: 'Algorithms', value: (row) => (row.algorithms as AlgorithmText[]).map(algorithmText) },
      ],
    }),
  ],
};
