/** From what a person types (an id or a readable name) to an id. */
import { keyStates } from '../domain/key-state.js';
import { CliFailure, usageFailure } from './failure.js';
import { pagesOf } from './pages.js';
import { type GraphqlOperation, query, type Referable, type Row, type Session } from './verb.js';

interface Lookup {
  readonly operation: GraphqlOperation;
  readonly text: string;
  /** The member that holds the readable name. */
  readonly nameField: string;
  /** Objects that live in a vault are named `vault/name`. */
  readonly inVault: boolean;
  readonly filter: (name: string, vaultId: string | undefined) => Row;
}

const named = (field: string, filterType: string, fields = 'id name') =>
  query(field, { filter: filterType, first: 'Int', after: 'String' }, `edges { node { ${fields} } } pageInfo { hasNextPage endCursor }`);

/** Every noun that arguments may refer to. */
export const lookups = {
  vault: {
    operation: named('vaults', 'VaultFilter'),
    text: 'vault',
    nameField: 'name',
    inVault: false,
    filter: (name) => ({ name }),
  },
  keystore: {
    operation: named('keystores', 'KeystoreFilter'),
    text: 'keystore',
    nameField: 'name',
    inVault: true,
    filter: (name, vaultId) => ({ name, vaultIds: [vaultId] }),
  },
  template: {
    operation: named('keyTemplates', 'KeyTemplateFilter'),
    text: 'key template',
    nameField: 'name',
    inVault: true,
    filter: (name, vaultId) => ({ name, vaultIds: [vaultId] }),
  },
  key: {
    operation: named('managedKeys', 'ManagedKeyFilter', 'id label state'),
    text: 'managed key',
    nameField: 'label',
    inVault: true,
    filter: (label, vaultId) => ({ label, vaultIds: [vaultId], states: keyStates }),
  },
  principal: {
    operation: named('principals', 'PrincipalFilter'),
    text: 'principal',
    nameField: 'name',
    inVault: false,
    filter: (name) => ({ name }),
  },
  role: { operation: named('roles', 'RoleFilter'), text: 'role', nameField: 'name', inVault: false, filter: () => ({}) },
} as const satisfies Record<Referable, Lookup>;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The id of the object that was named.
 * @throws CliFailure NOT_FOUND, or USAGE when a name says too little.
 */
export async function idOf(session: Session, noun: Referable, typed: string): Promise<string> {
  if (uuid.test(typed)) return typed.toLowerCase();
  const lookup: Lookup = lookups[noun];
  if (!lookup.inVault) return await idByName(session, lookup, typed, undefined);
  const slash = typed.indexOf('/');
  if (slash < 1) throw usageFailure(`"${typed}" names no ${lookup.text}: give its id, or vault/name.`);
  const vaultId = await idOf(session, 'vault', typed.slice(0, slash));
  return await idByName(session, lookup, typed.slice(slash + 1), vaultId);
}

async function idByName(session: Session, lookup: Lookup, name: string, vaultId: string | undefined): Promise<string> {
  const found: Row[] = [];
  for await (const page of pagesOf(session.client, lookup.operation, { filter: lookup.filter(name, vaultId) })) {
    found.push(...page.filter((row) => row[lookup.nameField] === name || row.id === name));
  }
  const living = found.filter(({ state }) => !String(state ?? '').startsWith('DESTROYED'));
  const [only, ...others] = living.length > 0 ? living : found;
  if (!only) throw new CliFailure('NOT_FOUND', `There is no ${lookup.text} named "${name}".`);
  if (others.length > 0)
    throw usageFailure(`Several objects are named "${name}"; give an id: ${[only, ...others].map(({ id }) => id).join(', ')}.`);
  return String(only.id);
}
