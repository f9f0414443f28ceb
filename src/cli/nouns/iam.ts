/** Who acts and what they may do: principals, API keys, roles, role bindings. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { toBase64 } from '../../domain/base64.js';
import { scopeKinds } from '../../domain/principal.js';
import { callVerb, listVerb, send } from '../calls.js';
import { idOf } from '../lookup.js';
import { writePrivateFile } from '../streams.js';
import { variablesOf } from '../variables.js';
import { argument, column, mutation, type Noun, option, type Parameter, query, type Session, type Verb } from '../verb.js';

const page = (fields: string) => `edges { node { ${fields} } } pageInfo { hasNextPage endCursor }`;
const revision = option('revision', 'Refuse unless the object still has this revision.', {
  form: 'number',
  at: 'input.revision',
  placeholder: 'n',
});
const name = option('name', 'Name for people.', { at: 'input.name', required: true });
const newName = option('name', 'New name.', { at: 'input.name' });
const description = option('description', 'Up to 200 characters.', { at: 'input.description', placeholder: 'text' });

const principalFields = 'id revision kind name description createdAt createdBy updatedAt updatedBy';
const principalColumns = [
  column('Name', 'name'),
  column('Id', 'id'),
  column('Kind', 'kind'),
  column('Description', 'description'),
  column('Created', 'createdAt'),
];
const principalArgument = argument('principal', 'Id or name of the principal.', { refers: 'principal', at: 'input.id' });

export const principal: Noun = {
  name: 'principal',
  summary: 'Principals: people and programs that act.',
  verbs: [
    listVerb({
      summary: 'Lists principals.',
      operation: query('principals', { filter: 'PrincipalFilter', first: 'Int', after: 'String' }, page(principalFields)),
      parameters: [option('name', 'Only names that hold this.', { at: 'filter.name' })],
      columns: principalColumns,
    }),
    callVerb({
      name: 'show',
      summary: 'Shows a principal.',
      operation: query('principal', { id: 'ID!' }, principalFields),
      parameters: [{ ...principalArgument, at: 'id' }],
      columns: principalColumns,
    }),
    callVerb({
      name: 'create',
      summary: 'Makes a principal; it may do nothing until roles are bound to it.',
      operation: mutation('createPrincipal', { input: 'CreatePrincipalInput!', clientToken: 'String', dryRun: 'Boolean' }, principalFields),
      parameters: [
        name,
        option('kind', 'A person or a program.', { at: 'input.kind', choices: ['USER', 'SERVICE'], required: true }),
        description,
        option('id', 'An id of your own: letters, digits and hyphens.', { at: 'input.id' }),
      ],
      columns: principalColumns,
    }),
    callVerb({
      name: 'update',
      summary: 'Changes name or description.',
      operation: mutation('updatePrincipal', { input: 'UpdatePrincipalInput!', dryRun: 'Boolean' }, principalFields),
      parameters: [principalArgument, revision, newName, description],
      columns: principalColumns,
    }),
    callVerb({
      name: 'delete',
      summary: 'Deletes a principal with its API keys and role bindings.',
      operation: mutation('deletePrincipal', { input: 'DeletePrincipalInput!', dryRun: 'Boolean' }, principalFields),
      parameters: [principalArgument, revision],
      columns: principalColumns,
      danger: 'The principal can sign in no more.',
    }),
  ],
};

const apiKeyFields = 'id revision principalId name expiresAt revokedAt createdAt createdBy updatedAt updatedBy';
const apiKeyColumns = [
  column('Name', 'name'),
  column('Id', 'id'),
  column('Principal', 'principalId'),
  column('Expires', 'expiresAt'),
  column('Revoked', 'revokedAt'),
  column('Created', 'createdAt'),
];

export const apiKey: Noun = {
  name: 'api-key',
  summary: 'API keys: bearer secrets of principals.',
  verbs: [
    listVerb({
      summary: 'Lists API keys; secrets are never shown.',
      operation: query('apiKeys', { filter: 'ApiKeyFilter', first: 'Int', after: 'String' }, page(apiKeyFields)),
      parameters: [option('principal', 'Only of these principals.', { form: 'list', at: 'filter.principalIds', refers: 'principal' })],
      columns: apiKeyColumns,
    }),
    createApiKeyVerb(),
    callVerb({
      name: 'revoke',
      summary: 'Ends an API key at once.',
      operation: mutation('revokeApiKey', { input: 'RevokeApiKeyInput!', dryRun: 'Boolean' }, apiKeyFields),
      parameters: [argument('api-key', 'Id of the API key.', { at: 'input.id' }), revision],
      columns: apiKeyColumns,
      danger: 'Whoever uses this API key is refused from now on.',
    }),
  ],
};

/** The secret is made here, so that with --out it appears in no answer, no terminal and no process list. */
function createApiKeyVerb(): Verb {
  const operation = mutation('createApiKey', { input: 'CreateApiKeyInput!' }, `apiKey { ${apiKeyFields} } token`);
  const parameters: readonly Parameter[] = [
    option('principal', 'Id or name of the principal.', { at: 'input.principalId', refers: 'principal', required: true }),
    name,
    option('expires-at', 'When it ends by itself, as 2030-01-31T12:00:00Z.', { at: 'input.expiresAt', placeholder: 'time' }),
    option('out', 'File that gets the token, mode 0600; it must not exist. Standard output if not given.', { placeholder: 'file' }),
  ];
  return {
    name: 'create',
    summary: 'Makes an API key; its token is shown this once.',
    parameters,
    operations: [operation],
    run: async (session, given, show) => {
      const { input } = await variablesOf(session, parameters, given);
      const secret = randomBytes(32);
      const token = `kyok_${secret.toString('base64url')}`;
      const file = given.out === undefined ? undefined : String(given.out);
      // The file comes first: a key whose token could not be kept must not be made.
      if (file !== undefined) writePrivateFile(file, `${token}\n`, { mayReplace: false });
      const answer = await send(session, operation, { input: { ...(input as object), secret: toBase64(secret) } }).catch(
        (error: unknown) => {
          if (file !== undefined) rmSync(file, { force: true });
          throw error;
        },
      );
      const { apiKey: made } = answer as { readonly apiKey: Record<string, unknown> };
      const row = file === undefined ? { ...made, token } : { ...made, file };
      const last = file === undefined ? column('Token', 'token') : column('Token in', 'file');
      show({ shape: 'RECORD', row, columns: [...apiKeyColumns, last], json: row });
    },
  };
}

const roleFields = 'id name description actions';
const roleColumns = [column('Name', 'name'), column('Id', 'id'), column('Description', 'description'), column('Actions', 'actions')];
const roleArgument = argument('role', 'Id or name of the role.', { refers: 'role', at: 'input.id' });
const action = option('action', 'An action that it allows; several times for several.', { form: 'list', at: 'input.actions' });

export const role: Noun = {
  name: 'role',
  summary: 'Roles: sets of actions, built in or your own.',
  verbs: [
    listVerb({
      summary: 'Lists roles.',
      operation: query('roles', { first: 'Int', after: 'String' }, page(roleFields)),
      parameters: [],
      columns: [
        column('Name', 'name'),
        column('Id', 'id'),
        { title: 'Built in', value: (row) => row.id === row.name },
        column('Description', 'description'),
      ],
    }),
    callVerb({
      name: 'create',
      summary: 'Makes a role of your own.',
      operation: mutation('createRole', { input: 'CreateRoleInput!', clientToken: 'String', dryRun: 'Boolean' }, roleFields),
      parameters: [name, description, { ...action, required: true }],
      columns: roleColumns,
    }),
    callVerb({
      name: 'update',
      summary: 'Changes a role of your own.',
      operation: mutation('updateRole', { input: 'UpdateRoleInput!', dryRun: 'Boolean' }, roleFields),
      parameters: [roleArgument, revision, newName, description, action],
      columns: roleColumns,
    }),
    callVerb({
      name: 'delete',
      summary: 'Deletes a role of your own.',
      operation: mutation('deleteRole', { input: 'DeleteRoleInput!', dryRun: 'Boolean' }, roleFields),
      parameters: [roleArgument, revision],
      columns: roleColumns,
      danger: 'Whoever holds rights by this role loses them.',
    }),
  ],
};

const bindingFields = 'id revision principalId roleId scope { kind id } createdAt createdBy';
const bindingColumns = [
  column('Id', 'id'),
  column('Principal', 'principalId'),
  column('Role', 'roleId'),
  column('Scope', 'scope.kind'),
  column('Scope id', 'scope.id'),
];

export const roleBinding: Noun = {
  name: 'role-binding',
  summary: 'Role bindings: who holds which role where.',
  verbs: [
    listVerb({
      summary: 'Lists role bindings.',
      operation: query('roleBindings', { filter: 'RoleBindingFilter', first: 'Int', after: 'String' }, page(bindingFields)),
      parameters: [option('principal', 'Only of these principals.', { form: 'list', at: 'filter.principalIds', refers: 'principal' })],
      columns: bindingColumns,
    }),
    callVerb({
      name: 'create',
      summary: 'Gives a principal a role, on the whole instance or on one vault, ring or key.',
      operation: mutation(
        'createRoleBinding',
        { input: 'CreateRoleBindingInput!', clientToken: 'String', dryRun: 'Boolean' },
        bindingFields,
      ),
      parameters: [
        option('principal', 'Id or name of the principal.', { at: 'input.principalId', refers: 'principal', required: true }),
        option('role', 'Id or name of the role.', { at: 'input.roleId', refers: 'role', required: true }),
        option('scope', 'Where it holds; INSTANCE if not given.', { at: 'input.scope.kind', choices: scopeKinds }),
        option('on', 'The vault, ring or key of the scope.', {}),
      ],
      columns: bindingColumns,
      complete: async (variables, given, session) => {
        const kind = String(given.scope ?? 'INSTANCE');
        const scope = { kind, id: given.on === undefined ? null : await scopeId(session, kind, String(given.on)) };
        return { ...variables, input: { ...(variables.input as object), scope } };
      },
    }),
    callVerb({
      name: 'delete',
      summary: 'Takes a role back.',
      operation: mutation('deleteRoleBinding', { input: 'DeleteRoleBindingInput!', dryRun: 'Boolean' }, bindingFields),
      parameters: [argument('role-binding', 'Id of the role binding.', { at: 'input.id' }), revision],
      columns: bindingColumns,
    }),
  ],
};

async function scopeId(session: Session, kind: string, typed: string): Promise<string> {
  if (kind === 'VAULT') return await idOf(session, 'vault', typed);
  return kind === 'KEY' ? await idOf(session, 'key', typed) : typed;
}
