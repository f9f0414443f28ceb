import type { ErrorKind } from '../domain/errors.js';

/** Exit codes of the command and what each means; scripts rely on them. */
export const exitCodes = {
  OK: { code: 0, text: 'done' },
  INTERNAL: { code: 1, text: 'something unexpected went wrong, here or in the server' },
  USAGE: { code: 2, text: 'the command or its input is not valid, or asks for what is not supported' },
  DENIED: { code: 3, text: 'not authenticated, or not allowed' },
  NOT_FOUND: { code: 4, text: 'no such object' },
  CONFLICT: { code: 5, text: 'name taken, wrong state, or changed by somebody else meanwhile' },
  UNREACHABLE: { code: 6, text: 'the server cannot be reached' },
  SEALED: { code: 7, text: 'the HSM is sealed or not available' },
  NOT_VERIFIED: { code: 8, text: 'a signature, MAC, ciphertext, proof or audit log does not verify' },
  LATER: { code: 9, text: 'rate limited, timed out, or a keystore did not answer: try again later' },
  UNFIT: { code: 10, text: '"kyok doctor" found a problem on this machine' },
  INTERRUPTED: { code: 130, text: 'stopped by Ctrl-C' },
} as const;

export type ExitName = keyof typeof exitCodes;

/** What a server's refusal means for the exit code. */
export const exitByKind = {
  'invalid-input': 'USAGE',
  unauthenticated: 'DENIED',
  forbidden: 'DENIED',
  'not-found': 'NOT_FOUND',
  'already-exists': 'CONFLICT',
  'wrong-state': 'CONFLICT',
  'stale-version': 'CONFLICT',
  'limit-reached': 'LATER',
  unsupported: 'USAGE',
  sealed: 'SEALED',
  'crypto-failed': 'NOT_VERIFIED',
  'upstream-failed': 'LATER',
  'timed-out': 'LATER',
  internal: 'INTERNAL',
} as const satisfies Record<ErrorKind, ExitName>;

/** The exit codes as text, one a line. */
export function exitCodesText(): string {
  return Object.values(exitCodes)
    .map(({ code, text }) => `${String(code).padStart(4)}  ${text}`)
    .join('\n');
}
