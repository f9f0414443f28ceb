/** The key estate of a retail bank, as data: two business units, three keystores, two templates, ten keys. */

export const statementFile = 'card-statement-2026-10.csv';

const pendingSeconds = 3600;

export const vaults = [
  { name: 'Retail Cards', description: 'Keys of the cards business: numbers, tokens, clearing.' },
  { name: 'Retail Lending', description: 'Keys of the lending business: contracts, scoring, collateral.' },
];

/** Templates find keystores by group; keys of the cards business live in both of its keystores. */
export const keystores = [
  { vault: 'Retail Cards', name: 'card-tokens', type: 'internal', groups: ['cards'], description: 'Used by the card systems.' },
  {
    vault: 'Retail Cards',
    name: 'card-archive',
    type: 'internal',
    groups: ['cards'],
    description: 'Used by the archive; destruction can be taken back for an hour.',
    pendingDestructionSeconds: pendingSeconds,
  },
  { vault: 'Retail Lending', name: 'loan-documents', type: 'internal', groups: ['loans'], description: 'Used by the document store.' },
];

const aes = { algorithm: 'AES', size: '256', expirationPeriod: 'P2Y', initialState: 'ACTIVE', deactivateOnRotation: false };

export const templates = [
  {
    vault: 'Retail Cards',
    name: 'card-data',
    description: 'AES-256 for card data; named for application, environment and year of expiry.',
    namingScheme: '<APP>-<ENV>-<lay>',
    key: aes,
    targets: [{ keystoreType: 'internal', group: 'cards' }],
  },
  {
    vault: 'Retail Lending',
    name: 'loan-data',
    description: 'AES-256 for loan documents; named for application, environment and year of expiry.',
    namingScheme: '<APP>-<ENV>-<lay>',
    key: aes,
    targets: [{ keystoreType: 'internal', group: 'loans' }],
  },
];

/** `purpose` is kept as a tag, and by it a second run finds what the first one made. */
export const keys = [
  { purpose: 'card_numbers', vault: 'Retail Cards', template: 'card-data', application: 'cardnumbers' },
  { purpose: 'card_tokens', vault: 'Retail Cards', template: 'card-data', application: 'cardtokens' },
  { purpose: 'pin_letters', vault: 'Retail Cards', template: 'card-data', application: 'pinletters' },
  { purpose: 'clearing_files', vault: 'Retail Cards', template: 'card-data', application: 'clearing' },
  { purpose: 'chargebacks', vault: 'Retail Cards', template: 'card-data', application: 'chargebacks' },
  { purpose: 'card_archive', vault: 'Retail Cards', template: 'card-data', application: 'archive' },
  { purpose: 'contracts', vault: 'Retail Lending', template: 'loan-data', application: 'contracts' },
  { purpose: 'scoring', vault: 'Retail Lending', template: 'loan-data', application: 'scoring' },
  { purpose: 'migration_2026', vault: 'Retail Lending', template: 'loan-data', application: 'migration' },
  {
    purpose: 'statement_signing',
    vault: 'Retail Lending',
    label: 'statement-signing',
    own: { key: { algorithm: 'EC', size: 'P-256', initialState: 'ACTIVE' }, targets: [{ keystoreType: 'internal', group: 'loans' }] },
  },
];
