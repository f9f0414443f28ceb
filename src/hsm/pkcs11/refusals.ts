/** What return values of a module mean for kyok: one table. */
import { EstateError } from '../../domain/errors.js';

type Meaning =
  /** The token or the login is gone; the unit ends and comes back once the token is there. */
  | { readonly is: 'LOST' }
  /** A person has to do something: `details.reason` of MASTER_KEY_STATE_FORBIDS. */
  | { readonly is: 'REFUSED'; readonly reason: string }
  /** The token has no room. */
  | { readonly is: 'FULL' };

const meanings: Readonly<Record<number, Meaning & { readonly name: string }>> = {
  48: { name: 'CKR_DEVICE_ERROR', is: 'LOST' },
  49: { name: 'CKR_DEVICE_MEMORY', is: 'FULL' },
  50: { name: 'CKR_DEVICE_REMOVED', is: 'LOST' },
  160: { name: 'CKR_PIN_INCORRECT', is: 'REFUSED', reason: 'TOKEN_PIN_WRONG' },
  161: { name: 'CKR_PIN_INVALID', is: 'REFUSED', reason: 'TOKEN_PIN_WRONG' },
  162: { name: 'CKR_PIN_LEN_RANGE', is: 'REFUSED', reason: 'TOKEN_PIN_WRONG' },
  163: { name: 'CKR_PIN_EXPIRED', is: 'REFUSED', reason: 'TOKEN_PIN_EXPIRED' },
  164: { name: 'CKR_PIN_LOCKED', is: 'REFUSED', reason: 'TOKEN_PIN_LOCKED' },
  176: { name: 'CKR_SESSION_CLOSED', is: 'LOST' },
  177: { name: 'CKR_SESSION_COUNT', is: 'FULL' },
  179: { name: 'CKR_SESSION_HANDLE_INVALID', is: 'LOST' },
  224: { name: 'CKR_TOKEN_NOT_PRESENT', is: 'LOST' },
  225: { name: 'CKR_TOKEN_NOT_RECOGNIZED', is: 'LOST' },
  226: { name: 'CKR_TOKEN_WRITE_PROTECTED', is: 'REFUSED', reason: 'TOKEN_WRITE_PROTECTED' },
  257: { name: 'CKR_USER_NOT_LOGGED_IN', is: 'LOST' },
  258: { name: 'CKR_USER_PIN_NOT_INITIALIZED', is: 'REFUSED', reason: 'TOKEN_PIN_NOT_SET' },
  400: { name: 'CKR_CRYPTOKI_NOT_INITIALIZED', is: 'LOST' },
};

/** `C_Login` of an application that is logged in already; nothing is wrong. */
export const alreadyLoggedIn = 0x100;
/** `C_Initialize` of a module that this process has initialised already. */
export const alreadyInitialised = 0x191;

/** The CKR value of an error that a module's call threw; `null` for any other error. */
export function returnValueOf(error: unknown): number | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' && code > 0 ? code : null;
}

/** The error for an operator or caller, when the return value tells of the token and not of the data; else `null`. */
export function tokenError(error: unknown): EstateError | null {
  const value = returnValueOf(error);
  const meaning = value === null ? undefined : meanings[value];
  if (!meaning) return null;
  const options = { cause: error };
  if (meaning.is === 'LOST') return new EstateError('HSM_UNAVAILABLE', { reason: 'TOKEN_LOST', returned: meaning.name }, options);
  if (meaning.is === 'FULL') return new EstateError('HSM_UNAVAILABLE', { reason: 'TOKEN_FULL', returned: meaning.name }, options);
  return refused(meaning.reason, { returned: meaning.name }, error);
}

/** Whether the token is gone and with it every session and object of this process. */
export function isLost(error: unknown): boolean {
  return error instanceof EstateError && error.details.reason === 'TOKEN_LOST';
}

/** Whether an error tells of the token, and not of what it was given. */
export function isTokenTrouble(error: unknown): boolean {
  return error instanceof EstateError && (error.code === 'HSM_UNAVAILABLE' || error.code === 'HSM_SEALED');
}

/** A token that cannot be used as it is; a person has to look at it. */
export function refused(reason: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown): EstateError {
  return new EstateError('MASTER_KEY_STATE_FORBIDS', { reason, ...details }, { cause });
}
