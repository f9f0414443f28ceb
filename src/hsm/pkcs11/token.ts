/** One token of a PKCS#11 module, logged in. */
import { createRequire } from 'node:module';
import { EstateError } from '../../domain/errors.js';
import { type Attribute, type Cryptoki, ck, type Handle } from './cryptoki.js';
import { readPin, rememberRefusedPin } from './pin.js';
import { alreadyInitialised, alreadyLoggedIn, isLost, refused, returnValueOf, tokenError } from './refusals.js';

/** Which token, and how to log in to it. */
export interface TokenSource {
  /** Path of the module's shared library. */
  readonly module: string;
  readonly label: string;
  /** File with the user PIN; read by the unit itself. */
  readonly pinFile: string;
  /** Where a refused PIN is noted, so that it is not tried until it locks the token. */
  readonly refusedPinFile: string;
}

export interface Token {
  /** For calls that keep nothing in the session. Objects made in `home` stay until they are destroyed. */
  readonly home: Handle;
  readonly module: Cryptoki;
  /** Calls that are over when they return. @throws EstateError for the token's own trouble; else what `use` throws */
  call<Result>(use: (module: Cryptoki, home: Handle) => Result): Result;
  /** A session of its own for a two-step call (`C_SignInit`, `C_Sign`). */
  inSession<Result>(use: (module: Cryptoki, session: Handle) => Result): Result;
  inSessionAsync<Result>(use: (module: Cryptoki, session: Handle) => Promise<Result>): Promise<Result>;
  find(template: readonly Attribute[]): Handle[];
}

const mostFound = 1000;

/**
 * Loads the module, finds the token by its label and logs in once.
 * @param onLost the token is gone: no call will succeed any more
 * @throws EstateError MASTER_KEY_STATE_FORBIDS with `details.reason` PKCS11JS_MISSING, MODULE_…, TOKEN_…
 */
export async function openToken(source: TokenSource, onLost: () => void): Promise<Token> {
  const module = loadModule(source.module);
  const slot = findSlot(module, source.label);
  const open = () => module.C_OpenSession(slot, ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION);
  const home = open();
  await logIn(module, home, module.C_GetTokenInfo(slot).flags, source);
  const told = <Failure>(failure: Failure): Failure | EstateError => {
    const error = tokenError(failure) ?? failure;
    if (isLost(error)) onLost();
    return error;
  };
  const sessions = sessionPool(module, open);
  const call: Token['call'] = (use) => {
    try {
      return use(module, home);
    } catch (error) {
      throw told(error);
    }
  };
  return {
    home,
    module,
    call,
    inSession(use) {
      const session = call(sessions.take);
      try {
        const result = use(module, session);
        sessions.giveBack(session);
        return result;
      } catch (error) {
        sessions.end(session);
        throw told(error);
      }
    },
    async inSessionAsync(use) {
      const session = call(sessions.take);
      try {
        const result = await use(module, session);
        sessions.giveBack(session);
        return result;
      } catch (error) {
        sessions.end(session);
        throw told(error);
      }
    },
    find: (template) =>
      call(() => {
        module.C_FindObjectsInit(home, template);
        try {
          return module.C_FindObjects(home, mostFound);
        } finally {
          module.C_FindObjectsFinal(home);
        }
      }),
  };
}

/** Sessions for calls of two steps: one that failed may be stuck between them, so it is closed and not used again. */
function sessionPool(
  module: Cryptoki,
  open: () => Handle,
): { take(): Handle; giveBack(session: Handle): void; end(session: Handle): void } {
  const free: Handle[] = [];
  return {
    take: () => free.pop() ?? open(),
    giveBack: (session) => {
      free.push(session);
    },
    end(session) {
      try {
        module.C_CloseSession(session);
      } catch {
        // It is gone already: what was to be closed is closed.
      }
    },
  };
}

function loadModule(path: string): Cryptoki {
  const module = newModule();
  try {
    module.load(path);
  } catch (error) {
    throw refused('MODULE_DOES_NOT_LOAD', { module: path }, error);
  }
  try {
    module.C_Initialize({ flags: ck.CKF_OS_LOCKING_OK });
  } catch (error) {
    if (returnValueOf(error) !== alreadyInitialised) throw refused('MODULE_DOES_NOT_INITIALISE', { module: path }, error);
  }
  return module;
}

function newModule(): Cryptoki {
  try {
    const { PKCS11 } = createRequire(import.meta.url)('pkcs11js') as { readonly PKCS11: new () => Cryptoki };
    return new PKCS11();
  } catch (error) {
    throw refused('PKCS11JS_MISSING', {}, error);
  }
}

function findSlot(module: Cryptoki, label: string): Handle {
  const tokens = module.C_GetSlotList(true).map((slot) => ({ slot, label: labelOf(module, slot) }));
  const named = tokens.filter((token) => token.label === label);
  const [found] = named;
  if (!found) throw refused('TOKEN_NOT_FOUND', { token: label, found: tokens.map((token) => token.label).filter((name) => name !== '') });
  if (named.length > 1) throw refused('TOKEN_LABEL_AMBIGUOUS', { token: label });
  return found.slot;
}

/** Labels are padded with blanks, and with zero bytes by some. */
function labelOf(module: Cryptoki, slot: Handle): string {
  try {
    return module.C_GetTokenInfo(slot).label.replace(/[\s\0]+$/, '');
  } catch {
    // A token that does not even tell its name is not the one that was asked for.
    return '';
  }
}

async function logIn(module: Cryptoki, session: Handle, flags: number, source: TokenSource): Promise<void> {
  // The last attempt before a lock is a person's, not a program's.
  if ((flags & ck.CKF_USER_PIN_LOCKED) !== 0) throw refused('TOKEN_PIN_LOCKED', { token: source.label });
  if ((flags & ck.CKF_USER_PIN_FINAL_TRY) !== 0) throw refused('TOKEN_PIN_LAST_TRY', { token: source.label });
  const pin = await readPin(source);
  try {
    module.C_Login(session, ck.CKU_USER, pin);
  } catch (error) {
    if (returnValueOf(error) === alreadyLoggedIn) return;
    const told = tokenError(error) ?? refused('TOKEN_LOGIN_FAILED', { token: source.label });
    if (told instanceof EstateError && told.details.reason === 'TOKEN_PIN_WRONG') await rememberRefusedPin(source);
    // The module's own words are not passed on: nobody knows what they hold.
    throw new EstateError(told.code, { ...told.details, token: source.label });
  }
}
