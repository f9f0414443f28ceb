/**
 * Changes the one-time code of the sign-in link for a short-lived API key. Development on a loopback address only: there
 * the link is printed to whoever started the server, and it saves finding and pasting a key.
 */
import type { FastifyInstance } from 'fastify';
import { EstateError } from '../../domain/errors.js';
import { addSeconds } from '../../domain/time.js';
import { systemCall } from '../../services/call.js';
import type { Estate } from '../../services/estate.js';
import { createApiKey } from '../../services/iam/create-api-key.js';
import { perform } from '../../services/perform.js';
import type { FaceSettings } from '../contract.js';
import { isLoopback, isOwnOrigin } from '../shared/own-host.js';
import type { SignInCodes } from '../shared/sign-in-codes.js';

/** Life of the API key that a browser gets. */
const sessionSeconds = 8 * 3600;

/** Whether this server takes sign-in codes at all. */
export function takesSignIn({ profile, listen }: FaceSettings): boolean {
  return profile === 'development' && isLoopback(listen.host);
}

export function addSignIn(http: FastifyInstance, estate: Estate, settings: FaceSettings, codes: SignInCodes): void {
  if (!takesSignIn(settings)) return;
  const config = { isPublic: true, face: 'graphql', rateLimit: { max: 20, timeWindow: '1 minute' } };
  http.post<{ Body: { code?: unknown } | null }>('/sign-in', { config, bodyLimit: 1024 }, async (request) => {
    if (!isOwnOrigin(request)) throw new EstateError('ORIGIN_REFUSED');
    const code = request.body?.code;
    const principalId = typeof code === 'string' ? codes.redeem(code) : undefined;
    if (principalId === undefined) throw new EstateError('SIGN_IN_CODE_INVALID');
    const input = { principalId, name: 'browser session', expiresAt: addSeconds(estate.now(), sessionSeconds) };
    const { token, apiKey } = await perform(estate, systemCall('setup', request.id), createApiKey, input);
    return { token, expiresAt: apiKey.expiresAt };
  });
}
