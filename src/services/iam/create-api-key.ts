import { z } from 'zod';
import { EstateError } from '../../domain/errors.js';
import { type ApiKey, iamNameRule } from '../../domain/principal.js';
import { compareTimes } from '../../domain/time.js';
import { invalidInput } from '../invalid-input.js';
import { change } from '../operation.js';
import { bytes, text, timestamp } from '../rules.js';
import { made } from '../tracked.js';
import { refuseMightierPrincipal } from './own-rights.js';
import { iamTarget, principalPlace } from './place.js';
import { principalId } from './principal-id.js';
import { newSecret } from './secret.js';
import { secretLength, tokenOf } from './token.js';

export interface CreatedApiKey {
  readonly apiKey: ApiKey;
  /** The bearer token, this one time; `null` when the caller gave the secret, and on a repeat by client token. */
  readonly token: string | null;
}

/**
 * Gives a principal an API key. Only a keyed hash of its secret is stored, so the token is shown once. Who gets a key for
 * another principal could act as that one, and so must hold its rights.
 * @throws EstateError FORBIDDEN, ALREADY_EXISTS when the given secret is in use
 */
export const createApiKey = change({
  name: 'createApiKey',
  action: 'api-key.create',
  input: z.strictObject({
    principalId,
    name: text(iamNameRule),
    expiresAt: timestamp.nullable().default(null),
    secret: bytes(secretLength)
      .refine((value) => value.length === secretLength, { error: `must be ${secretLength} bytes` })
      .optional(),
  }),
  secretPaths: () => ['secret'],
  missing: 'PRINCIPAL_NOT_FOUND',
  place: (context, input) => principalPlace(context, { id: input.principalId }),
  prepare: async ({ now }, { expiresAt, secret }) => {
    if (expiresAt !== null && compareTimes(expiresAt, now) <= 0)
      throw invalidInput({ path: 'expiresAt', message: 'must lie in the future' });
    return secret ?? newSecret();
  },
  commit: async (tx, context, input, principal, secret): Promise<{ output: CreatedApiKey; target: ReturnType<typeof iamTarget> }> => {
    if (!(await tx.get('principal', principal.id))) throw new EstateError('PRINCIPAL_NOT_FOUND');
    await refuseMightierPrincipal(tx, context, principal.id);
    const secretHash = context.estate.keyedHash(secret);
    const [holder] = await tx.find('apiKey', { secretHash: { eq: secretHash } }, 1);
    if (holder) throw new EstateError('ALREADY_EXISTS', { field: 'secret' });
    const { name, expiresAt } = input;
    const apiKey: ApiKey = { ...made(context), principalId: principal.id, name, secretHash, expiresAt, revokedAt: null };
    await tx.insert('apiKey', apiKey);
    const token = input.secret === undefined ? tokenOf(secret) : null;
    return { output: { apiKey, token }, target: iamTarget('apiKey', apiKey.id, apiKey.name) };
  },
  dryRunOutput: ({ apiKey }) => ({ apiKey, token: null }),
  repeat: {
    idOf: ({ apiKey }) => apiKey.id,
    again: async ({ estate }, id) => {
      const apiKey = await estate.store.read.get('apiKey', id);
      if (!apiKey) throw new EstateError('API_KEY_NOT_FOUND');
      return { apiKey, token: null };
    },
  },
});
