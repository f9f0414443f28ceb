/** Why the server did not start, in words that name the setting to look at. */
import { StartFailure } from './config.js';
import { type ErrorDetails, EstateError } from './domain/errors.js';
import { TlsFileUnreadable } from './faces/shared/tls.js';

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

function estateFailure(error: EstateError): unknown {
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
