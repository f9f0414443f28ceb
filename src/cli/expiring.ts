import { expiringKinds } from '../domain/expiry.js';
import { listVerb } from './calls.js';
import { column, option, query } from './verb.js';

/** What expires soon: keys, API keys and certificates together. */
export const expiring = listVerb({
  name: 'expiring',
  summary: 'Lists keys, API keys and certificates that expire soon, and keys that have expired.',
  operation: query(
    'expiring',
    { withinDays: 'Int', kinds: '[ExpiringKind!]', vaultIds: '[ID!]', first: 'Int', after: 'String' },
    'edges { node { kind id name vaultId expiresAt ends } } pageInfo { hasNextPage endCursor }',
  ),
  parameters: [
    option('within', 'How many days from now; 30 if not given.', { form: 'number', at: 'withinDays', placeholder: 'days' }),
    option('kind', 'Only these kinds.', { form: 'list', at: 'kinds', choices: expiringKinds }),
    option('vault', 'Only the keys of these vaults.', { form: 'list', at: 'vaultIds', refers: 'vault' }),
  ],
  columns: [
    column('Expires', 'expiresAt'),
    column('Kind', 'kind'),
    column('Name', 'name'),
    column('Id', 'id'),
    column('Vault', 'vaultId'),
    column('Stops working', 'ends'),
  ],
});
