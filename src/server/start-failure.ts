/** Why the server did not start, in words that name the setting to look at. */
import { StartFailure } from '../config.js';
import { type ErrorDetails, EstateError } from '../domain/errors.js';
import { TlsFileUnreadable } from '../faces/shared/tls.js';

/** What the operating system says, and the setting it speaks of. */
const systemReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'KYOK_LISTEN: something listens on that port already; choose another or stop it',
  EACCES: 'KYOK_LISTEN: this user may not open that port',
  EADDRNOTAVAIL: 'KYOK_LISTEN: this machine has no such address',
  ENOTFOUND: 'KYOK_LISTEN: the host name is not known',
};

const tlsSettings: Readonly<Record<TlsFileUnreadable['file'], string>> = {
  certFile: 'KYOK_TLS_CERT_FILE: the file holds no PEM certificate chain',
  keyFile: 'KYOK_TLS_KEY_FILE: the file holds no PEM private key of the certificate',
  clientCaFile: 'KYOK_TLS_CLIENT_CA_FILE: the file holds no PEM certificates',
  clientCrlFile: 'KYOK_TLS_CLIENT_CRL_FILE: the file holds no PEM revocation list',
};

/** What the crypto units say of their device key. */
const deviceKeyReasons: Readonly<Record<string, string>> = {
  DEVICE_KEY_UNREADABLE: 'the device key cannot be read',
  DEVICE_KEY_MALFORMED: 'the device key is not 32 bytes in hex or base64',
  DEVICE_KEY_READABLE_BY_OTHERS: 'the device key file can be read by others: chmod 600',
  DEVICE_KEY_ON_DATA_VOLUME: 'the device key lies on the volume of KYOK_DATA_DIR: a copy of that volume would open the HSM',
  DEVICE_KEY_COMMAND_FAILED: 'the command failed or printed no key',
  DEVICE_KEY_DOES_NOT_OPEN_SEALED_STATE: 'this device key does not open the HSM of this data folder; use the one it was made with',
  SEALED_STATE_UNREADABLE: 'the HSM state in the data folder (hsm/sealed-state.json) is damaged: put a backup of it back',
  SEALED_STATE_ALTERED: 'the HSM state in the data folder (hsm/sealed-state.json) was altered: put the newest copy of it back',
};

/** Database and HSM state are not the two that last worked together. */
const rolledBackText: { readonly [code in string]?: (details: ErrorDetails) => string } = {
  AUDIT_ROLLED_BACK: ({ reason, size, rememberedSize, rememberedRoot, restoredSize }) =>
    reason
      ? `AUDIT_ROLLED_BACK: ${String(reason)} (it names ${String(restoredSize)} audit events); run "kyok backup restore" again`
      : `AUDIT_ROLLED_BACK: the database is not the one that the HSM last worked with: its audit log has ${String(size)} events, the HSM ` +
        `remembers ${String(rememberedSize)} with root ${String(rememberedRoot)}. Put the newest database back; to go back to an older one on ` +
        'purpose, restore a backup with "kyok backup restore", which is recorded',
  HSM_STATE_ROLLED_BACK: ({ generation, seenGeneration }) =>
    `HSM_STATE_ROLLED_BACK: hsm/sealed-state.json is an older copy or another one (generation ${String(generation)}; the database knows ` +
    `${String(seenGeneration)}), and may have forgotten destroyed keys. Put the newest copy back, or restore a whole backup with "kyok backup restore"`,
};

/** The error with words for the operator; what is not known comes back as it is. */
export function startFailure(error: unknown): unknown {
  if (error instanceof EstateError) return estateFailure(error);
  if (error instanceof TlsFileUnreadable) return new StartFailure(tlsSettings[error.file], { cause: error });
  const code = (error as NodeJS.ErrnoException)?.code;
  const text = code === undefined ? undefined : systemReasons[code];
  return text === undefined ? error : new StartFailure(text, { cause: error });
}

/** What the token, its module or its PIN is in the way of, and what to do. */
const tokenReasons: { readonly [reason in string]?: (details: ErrorDetails) => string } = {
  PKCS11JS_MISSING: () =>
    'KYOK_HSM=pkcs11 needs the optional package pkcs11js, which is compiled when it is installed: install python3, make and g++, then run "npm ci" again',
  MODULE_DOES_NOT_LOAD: ({ module }) => `KYOK_HSM_PKCS11_MODULE: ${String(module)} cannot be loaded as a shared library`,
  MODULE_DOES_NOT_INITIALISE: ({ module }) =>
    `KYOK_HSM_PKCS11_MODULE: ${String(module)} does not initialise; check its own configuration, and that KYOK_HSM_PKCS11_VARIABLES names the variables it reads`,
  MODULE_LACKS_KEY_WRAP: ({ needed }) => `KYOK_HSM_PKCS11_MODULE: the module lacks one of ${(needed as readonly string[]).join(', ')}`,
  TOKEN_NOT_FOUND: ({ token, found }) => `KYOK_HSM_PKCS11_TOKEN: there is no token "${String(token)}"; the module shows ${listed(found)}`,
  TOKEN_LABEL_AMBIGUOUS: ({ token }) => `KYOK_HSM_PKCS11_TOKEN: several tokens are called "${String(token)}"`,
  TOKEN_PIN_UNREADABLE: ({ file }) => `KYOK_HSM_PKCS11_PIN_FILE: ${String(file)} cannot be read`,
  TOKEN_PIN_MALFORMED: ({ file }) => `KYOK_HSM_PKCS11_PIN_FILE: ${String(file)} must hold the PIN on one line and nothing else`,
  TOKEN_PIN_READABLE_BY_OTHERS: ({ file }) => `KYOK_HSM_PKCS11_PIN_FILE can be read by others: chmod 600 ${String(file)}`,
  TOKEN_PIN_WRONG: ({ token }) =>
    `KYOK_HSM_PKCS11_PIN_FILE: the token "${String(token)}" refuses this PIN. It is not tried again before the file is written anew, so that the token does not lock`,
  TOKEN_PIN_REFUSED_BEFORE: ({ file }) =>
    `KYOK_HSM_PKCS11_PIN_FILE: the token has refused the PIN in ${String(file)} before, so it is not tried again: write the right PIN into it`,
  TOKEN_PIN_EXPIRED: () => 'KYOK_HSM_PKCS11_PIN_FILE: the PIN has expired; set a new one with the tools of the HSM',
  TOKEN_PIN_LOCKED: ({ token }) => `The token "${String(token)}" is locked; its security officer must unlock it`,
  TOKEN_PIN_LAST_TRY: ({ token }) =>
    `The token "${String(token)}" locks after one more wrong PIN, so kyok does not log in: log in once with the tools of the HSM`,
  TOKEN_PIN_NOT_SET: () => 'The token has no user PIN yet; set one with the tools of the HSM',
  TOKEN_LOGIN_FAILED: ({ token }) => `The token "${String(token)}" refuses the login`,
  TOKEN_WRITE_PROTECTED: () => 'The token is write-protected; kyok makes its master key on it',
  TOKEN_KEYS_AMBIGUOUS: ({ label }) => `The token holds several keys "${String(label)}"; keep the right one only`,
  TOKEN_KEY_MISSING: ({ label }) => `The token lacks the key "${String(label)}"; restore the token from its backup`,
  TOKEN_KEY_EXTRACTABLE: ({ label }) =>
    `The key "${String(label)}" on the token was not made on it, or can be read or taken out: kyok does not use it`,
  TOKEN_WITHOUT_MASTER_KEY: () =>
    'The token holds no master key, but this data folder was made with one; restore the token from its backup',
  TOKEN_OF_ANOTHER_INSTANCE: () => 'The master key on the token is not the one of this data folder; name the token it was made with',
  SEALED_STATE_OF_ANOTHER_HSM: ({ madeBy, engine }) =>
    `KYOK_HSM: this data folder was made with KYOK_HSM=${String(madeBy)}, not ${String(engine)}; its keys open in no other HSM`,
};

function listed(found: unknown): string {
  return Array.isArray(found) && found.length > 0 ? found.map((label) => `"${String(label)}"`).join(', ') : 'none with a label';
}

function estateFailure(error: EstateError): unknown {
  const ofToken = typeof error.details.reason === 'string' ? tokenReasons[error.details.reason] : undefined;
  if (ofToken) return new StartFailure(ofToken(error.details), { cause: error });
  const reason = typeof error.details.reason === 'string' ? deviceKeyReasons[error.details.reason] : undefined;
  if (reason) return new StartFailure(`KYOK_HSM_DEVICE_KEY_FILE or KYOK_HSM_DEVICE_KEY_COMMAND: ${reason}`, { cause: error });
  const rolledBack = rolledBackText[error.code];
  if (rolledBack) return new StartFailure(rolledBack(error.details), { cause: error });
  if (error.code !== 'STORE_UNAVAILABLE') return error;
  return new StartFailure(`The database of KYOK_DATA_DIR or KYOK_DATABASE_URL cannot be opened: ${rootCause(error)}`, { cause: error });
}

/** The innermost message: the driver's own, which holds no password. */
function rootCause(error: Error): string {
  return error.cause instanceof Error ? rootCause(error.cause) : error.message || (error as NodeJS.ErrnoException).code || error.name;
}
