import { createHash, randomBytes } from 'node:crypto';

/** How long a sign-in code may be redeemed. */
export const signInSeconds = 600;

/** One-time codes that a browser on this machine changes for a session; held in memory, by their hash. */
export interface SignInCodes {
  /** A new code for this principal, 32 random bytes as base64url. */
  issue(principalId: string): string;
  /** Whose code it is; `undefined` for one that is unknown, used or too old. Redeeming uses it up. */
  redeem(code: string): string | undefined;
}

export function signInCodes(now: () => number = Date.now): SignInCodes {
  const open = new Map<string, { readonly principalId: string; readonly endsAt: number }>();
  return {
    issue: (principalId) => {
      const code = randomBytes(32).toString('base64url');
      open.set(hashOf(code), { principalId, endsAt: now() + signInSeconds * 1000 });
      return code;
    },
    redeem: (code) => {
      const hash = hashOf(code);
      const found = open.get(hash);
      open.delete(hash);
      return found && found.endsAt > now() ? found.principalId : undefined;
    },
  };
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
