import type { Id } from '../../domain/entity.js';
import { EstateError } from '../../domain/errors.js';
import type { ApiKey, Principal } from '../../domain/principal.js';
import { compareTimes } from '../../domain/time.js';
import type { Reader } from '../../store/contract.js';
import { auditEvent } from '../audit-event.js';
import type { Call } from '../call.js';
import type { Estate } from '../estate.js';
import { secretOf } from './token.js';

/** What a caller shows, and where it comes from. */
export interface Credential {
  /** The bearer token; `undefined` when none came. */
  readonly token: string | undefined;
  readonly face: string;
  readonly address: string | null;
  readonly requestId: string;
  /** Told of a refusal first: what it throws goes out instead, and nothing is audited (for who guesses too often). */
  readonly onRefusal?: () => Promise<void>;
}

export interface Authenticated {
  readonly principal: Principal;
  readonly credentialId: Id;
}

/**
 * Who it is that shows this API key. Works while the HSM is sealed.
 *
 * Refusals are all alike, whatever is wrong; those of a credential that was shown are audited.
 * @throws EstateError UNAUTHENTICATED, AUDIT_UNAVAILABLE
 */
export async function authenticate(estate: Estate, credential: Credential): Promise<Authenticated> {
  const apiKey = await apiKeyOf(estate, credential.token);
  const found = apiKey && (await holderOf(estate.store.read, apiKey, estate.now()));
  if (found) return found;
  const error = new EstateError('UNAUTHENTICATED');
  await credential.onRefusal?.();
  if (credential.token !== undefined) await auditRefusal(estate, credential, apiKey, error);
  throw error;
}

/** The caller of an API key: the start of every request of a face. */
export async function authenticatedCall(estate: Estate, credential: Credential): Promise<Call> {
  const { face, address, requestId } = credential;
  const { principal, credentialId } = await authenticate(estate, credential);
  return { principal, credentialId, face, address, requestId };
}

/** Whether a credential that was good still is: neither revoked nor expired, its principal there. */
export async function isStillGood(reader: Reader, credentialId: Id, now: string): Promise<boolean> {
  const apiKey = await reader.get('apiKey', credentialId);
  return apiKey !== undefined && (await holderOf(reader, apiKey, now)) !== undefined;
}

/**
 * Refuses a caller whose credential is no longer good: what a face checked when a request began may have been revoked
 * since, while its body came in or its operation waited.
 * @throws EstateError UNAUTHENTICATED
 */
export async function refuseLostCredential(estate: Pick<Estate, 'store' | 'now'>, call: Pick<Call, 'credentialId'>): Promise<void> {
  if (call.credentialId === null) return;
  if (!(await isStillGood(estate.store.read, call.credentialId, estate.now()))) throw new EstateError('UNAUTHENTICATED');
}

async function apiKeyOf(estate: Estate, token: string | undefined): Promise<ApiKey | undefined> {
  const secret = token === undefined ? undefined : secretOf(token);
  if (!secret) return undefined;
  const [apiKey] = await estate.store.read.find('apiKey', { secretHash: { eq: estate.keyedHash(secret) } }, 1);
  return apiKey;
}

async function holderOf(reader: Reader, apiKey: ApiKey, now: string): Promise<Authenticated | undefined> {
  const isExpired = apiKey.expiresAt !== null && compareTimes(apiKey.expiresAt, now) <= 0;
  if (apiKey.revokedAt !== null || isExpired) return undefined;
  const principal = await reader.get('principal', apiKey.principalId);
  // The server's own principals act from inside and hold every right: nobody signs in as one.
  if (!principal || principal.kind === 'SYSTEM') return undefined;
  return { principal, credentialId: apiKey.id };
}

/** The event names the API key where there is one, and never what was shown. */
async function auditRefusal(estate: Estate, credential: Credential, apiKey: ApiKey | undefined, error: EstateError): Promise<void> {
  const { face, address, requestId } = credential;
  const principal = { id: apiKey?.principalId ?? 'unknown', kind: 'USER', name: 'unknown' } as const;
  const call: Call = { principal, credentialId: apiKey?.id ?? null, face, address, requestId };
  const target = { kind: 'api-key', id: apiKey?.id ?? null, name: apiKey?.name ?? null, vaultId: null };
  const event = auditEvent({ estate, call, now: estate.now() }, { action: 'iam.authenticate' }, { target, error });
  await estate.store.audit.append(event);
}
