/**
 * The error catalogue: every code once, with its kind and a text that says what to do.
 *
 * Errors know no transport. Faces map the closed set of kinds to their protocol's words.
 */

/** The closed set of error kinds; faces map each with `satisfies Record<ErrorKind, …>`. */
export const errorKinds = [
  'invalid-input',
  'unauthenticated',
  'forbidden',
  'not-found',
  'already-exists',
  'wrong-state',
  'stale-version',
  'limit-reached',
  'unsupported',
  'sealed',
  'crypto-failed',
  'upstream-failed',
  'timed-out',
  'internal',
] as const;

export type ErrorKind = (typeof errorKinds)[number];

interface ErrorEntry {
  readonly kind: ErrorKind;
  /** One sentence for a person; it never holds a value the caller sent. */
  readonly text: string;
}

/** Code -> kind and text. A new code is one row here. */
export const errorCatalogue = {
  INPUT_INVALID: { kind: 'invalid-input', text: 'The input is not valid; see details.issues.' },
  FILTERS_EXCLUSIVE: { kind: 'invalid-input', text: 'Two of the given filters exclude each other; give one.' },
  CURSOR_INVALID: { kind: 'invalid-input', text: 'The cursor is not one of this list; start without it.' },
  NAME_BREAKS_KEYSTORE_RULE: { kind: 'invalid-input', text: 'The key name breaks the rule of a target keystore; see details.' },
  NAMING_SCHEME_INVALID: { kind: 'invalid-input', text: 'The naming scheme cannot be read; see details.' },
  NAMING_VALUE_INVALID: { kind: 'invalid-input', text: 'A value for the naming scheme breaks the rule for values; see details.' },
  NAMING_VALUE_MISSING: { kind: 'invalid-input', text: 'The naming scheme needs a value that was not given; see details.' },
  TARGET_GROUP_UNKNOWN: { kind: 'invalid-input', text: 'No keystore of this vault carries the type and group of a target.' },
  ALGORITHM_NOT_SUPPORTED_BY_KEYSTORE: {
    kind: 'unsupported',
    text: 'A target keystore type cannot hold this algorithm and size; see details for what it can.',
  },
  ALGORITHM_UNKNOWN: { kind: 'unsupported', text: 'This algorithm or size is not supported; see details for what is.' },
  MECHANISM_UNSUPPORTED: { kind: 'unsupported', text: 'This mechanism does not fit the key or is not supported by the HSM.' },
  HSM_CAPABILITY_MISSING: { kind: 'unsupported', text: 'The HSM of this server cannot do this; see details for what it can.' },
  KEYSTORE_TYPE_UNKNOWN: { kind: 'unsupported', text: 'This keystore type is not known to this server.' },
  CAPABILITY_MISSING: { kind: 'unsupported', text: 'The keystore cannot do this; see details.' },
  CLEAR_MATERIAL_REFUSED: { kind: 'invalid-input', text: 'Clear key material is never accepted; wrap it with an import key.' },
  IMPORT_KEY_USED: { kind: 'wrong-state', text: 'The import key was used or has expired; ask for a new one.' },
  CLIENT_TOKEN_REUSED: { kind: 'already-exists', text: 'The client token was used before with other input; choose a new one.' },

  UNAUTHENTICATED: { kind: 'unauthenticated', text: 'Credentials are missing or not valid; send "Authorization: Bearer <API key>".' },
  SIGN_IN_CODE_INVALID: {
    kind: 'unauthenticated',
    text: 'The sign-in code is unknown, used or expired; restart the server for a new one.',
  },
  FORBIDDEN: { kind: 'forbidden', text: 'You may not do this here.' },
  ORIGIN_REFUSED: { kind: 'forbidden', text: 'This Host or Origin is not admitted.' },

  NOT_FOUND: { kind: 'not-found', text: 'There is no such object.' },
  VAULT_NOT_FOUND: { kind: 'not-found', text: 'There is no such vault.' },
  KEYSTORE_NOT_FOUND: { kind: 'not-found', text: 'There is no such keystore.' },
  KEY_TEMPLATE_NOT_FOUND: { kind: 'not-found', text: 'There is no such key template.' },
  MANAGED_KEY_NOT_FOUND: { kind: 'not-found', text: 'There is no such managed key.' },
  KEY_VERSION_NOT_FOUND: { kind: 'not-found', text: 'There is no such key version.' },
  PRINCIPAL_NOT_FOUND: { kind: 'not-found', text: 'There is no such principal.' },
  ROLE_NOT_FOUND: { kind: 'not-found', text: 'There is no such role.' },
  API_KEY_NOT_FOUND: { kind: 'not-found', text: 'There is no such API key.' },
  AUDIT_EVENT_NOT_FOUND: { kind: 'not-found', text: 'The audit log has no such event or size.' },

  ALREADY_EXISTS: { kind: 'already-exists', text: 'There is an object of this id already.' },
  ROLE_BINDING_EXISTS: { kind: 'already-exists', text: 'The principal holds this role there already.' },
  NAME_TAKEN: { kind: 'already-exists', text: 'The name is taken; choose another.' },

  KEY_STATE_FORBIDS: { kind: 'wrong-state', text: "The key's state does not allow this; see details." },
  KEY_VERSION_STATE_FORBIDS: { kind: 'wrong-state', text: "The key version's state does not allow this use." },
  KEY_NOT_USABLE_HERE: { kind: 'wrong-state', text: 'The key is not active in an internal keystore; cryptographic use needs one.' },
  ROTATION_TOO_SOON: { kind: 'wrong-state', text: 'The key was rotated a short while ago; see details.retryAt.' },
  NOT_PENDING_DESTRUCTION: { kind: 'wrong-state', text: 'The key is not waiting for destruction.' },
  DESTRUCTION_PENDING: { kind: 'wrong-state', text: 'The key waits for its destruction; cancel that first.' },
  TEMPLATE_ARCHIVED: { kind: 'wrong-state', text: 'The key template is archived; unarchive it first.' },
  TEMPLATE_IN_USE: { kind: 'wrong-state', text: 'Keys were made from this key template; destroy and remove them first.' },
  VAULT_NOT_EMPTY: { kind: 'wrong-state', text: 'The vault still holds keystores, keys or unarchived templates; see details.' },
  KEYSTORE_IN_USE: { kind: 'wrong-state', text: 'Keys are still installed in this keystore; choose a delete mode or move them first.' },
  CANNOT_ALIGN: { kind: 'wrong-state', text: 'The key cannot follow its template; see details.' },
  RETIRED: { kind: 'wrong-state', text: 'The object is retired; it only waits for its keys to end.' },
  LAST_ADMINISTRATOR: { kind: 'wrong-state', text: 'This would leave the instance without an administrator.' },
  MASTER_KEY_STATE_FORBIDS: { kind: 'wrong-state', text: 'The master key registers are not in the state this step needs; see details.' },

  STALE_VERSION: { kind: 'stale-version', text: 'The object has changed since you read it; read it again and repeat.' },
  RATE_LIMITED: { kind: 'limit-reached', text: 'Too many requests; wait and try again.' },
  TOO_LARGE: { kind: 'limit-reached', text: 'The request is larger than this server admits; see details.' },
  ENCRYPTION_LIMIT_REACHED: {
    kind: 'limit-reached',
    text: 'The key version has done all the encryptions that are safe; rotate the key, then encrypt again.',
  },
  QUOTA_REACHED: { kind: 'limit-reached', text: 'A quota of this instance is reached; see details.' },

  HSM_SEALED: { kind: 'sealed', text: 'The HSM holds no master key; unseal it with "kyok hsm unseal".' },
  HSM_UNAVAILABLE: { kind: 'sealed', text: 'No crypto unit answers; try again in a moment.' },
  BLOB_REFUSED: { kind: 'crypto-failed', text: 'The key blob does not open: it was altered or belongs to another key.' },
  KEY_DESTROYED: { kind: 'wrong-state', text: 'The key was destroyed: the HSM refuses its blobs for ever, also out of a backup.' },
  AUDIT_ROLLED_BACK: {
    kind: 'sealed',
    text: 'The audit log is older or another than the HSM remembers: the database was put back. Restore it with "kyok backup restore".',
  },
  HSM_STATE_ROLLED_BACK: {
    kind: 'sealed',
    text: 'The HSM state is older or another than the database remembers: put the newest hsm/sealed-state.json back.',
  },
  MASTER_KEY_MISMATCH: { kind: 'crypto-failed', text: 'The key blob was made under another master key.' },
  USAGE_FORBIDDEN: { kind: 'wrong-state', text: "The key's attributes do not allow this use." },
  CRYPTO_FAILED: { kind: 'crypto-failed', text: 'The cryptographic operation failed.' },
  CIPHERTEXT_INVALID: { kind: 'crypto-failed', text: 'The ciphertext is not one of this key or was altered.' },
  CHECKPOINT_INVALID: {
    kind: 'crypto-failed',
    text: 'The checkpoint or its key cannot be read, or no signature of the key verifies.',
  },
  KEY_PART_INVALID: { kind: 'crypto-failed', text: 'The master key part cannot be read: wrong passphrase or altered file.' },

  KEYSTORE_UNREACHABLE: { kind: 'upstream-failed', text: 'The keystore cannot be reached; it is tried again.' },
  KEYSTORE_REFUSED: { kind: 'upstream-failed', text: 'The keystore refused the operation; see its configuration.' },
  TIMED_OUT: { kind: 'timed-out', text: 'The operation took too long; look at its result before you repeat it.' },
  AUDIT_UNAVAILABLE: {
    kind: 'internal',
    text: 'The audit log, or an audit sink that is required, cannot be written, so the operation was refused; /readyz says which.',
  },
  STORE_IN_USE: { kind: 'wrong-state', text: 'Another process has this database open; stop it first.' },
  STORE_UNAVAILABLE: { kind: 'internal', text: 'The database cannot be reached or written.' },
  BACKUP_NOT_CONFIGURED: {
    kind: 'wrong-state',
    text: 'Backups have no recipient: make one with "kyok backup keygen" and start the server with it as KYOK_BACKUP_RECIPIENT.',
  },
  BACKUP_UNDER_WAY: { kind: 'wrong-state', text: 'A backup is being written; wait until it is done.' },
  BACKUP_NOT_WRITTEN: { kind: 'internal', text: 'The backup could not be written to KYOK_BACKUP_DIR; nothing is left of it.' },
  BACKUP_IDENTITY_WRONG: { kind: 'crypto-failed', text: 'No identity in this file opens the backup; it was made for another recipient.' },
  BACKUP_DAMAGED: { kind: 'crypto-failed', text: 'The file is not a whole and unaltered backup; use another one.' },
  BACKUP_FORMAT_UNKNOWN: {
    kind: 'unsupported',
    text: 'The backup is in a format that this version of kyok does not know; use the version that made it.',
  },
  BACKUP_SCHEMA_DIFFERS: {
    kind: 'unsupported',
    text: 'The backup was made by another version of kyok: restore it with that one, then start this one on what was restored.',
  },
  BACKUP_NOT_TRUSTED: { kind: 'crypto-failed', text: "The backup is not signed by the given public key; it may be somebody else's." },
  BACKUP_OF_ANOTHER_HSM: {
    kind: 'wrong-state',
    text: 'The HSM state in the data folder is of another master key than the backup; restore into a data folder of its own.',
  },
  DATABASE_NOT_EMPTY: {
    kind: 'wrong-state',
    text: 'There is an estate here already; --replace puts the backup in its place, and what it holds now is lost.',
  },
  INTERNAL: { kind: 'internal', text: 'Something went wrong inside; the request id finds it in the log.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;

/** Facts about the failure that a caller may see: never key material, tokens, credentials or rejected values. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The one error type of domain and services. */
export class EstateError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(errorCatalogue[code].text, options);
    this.name = 'EstateError';
    this.code = code;
    this.details = details;
  }

  get kind(): ErrorKind {
    return errorCatalogue[this.code].kind;
  }
}
