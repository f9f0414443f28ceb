/** A GraphQL client of a few lines: what any program needs to speak to kyok. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A refusal by the server: `code` is stable, `kind` is one of a closed set. */
export class Refusal extends Error {
  /** @param {{ message: string, extensions?: { code?: string, kind?: string, details?: unknown, requestId?: string } }} error */
  constructor({ message, extensions = {} }) {
    super(`${message} (${extensions.code ?? 'no code'})`);
    this.code = extensions.code;
    this.kind = extensions.kind;
    this.details = extensions.details;
  }
}

/** Something the person who runs the demo can put right. */
export class NotReady extends Error {}

/** @param {Record<string, string | undefined>} env */
export function clientOf(env) {
  const endpoint = (env.KYOK_ENDPOINT || `http://${env.KYOK_LISTEN || '127.0.0.1:4000'}`).replace(/\/+$/, '');
  const keyFile = join(env.KYOK_DATA_DIR || '.kyok', 'admin.key');
  /**
   * @param {string} query
   * @param {Record<string, unknown>} [variables]
   * @returns {Promise<any>} the `data` of the answer
   */
  const request = async (query, variables = {}) => {
    const answer = await post(endpoint, keyOf(env, endpoint, keyFile), { query, variables });
    if (answer.errors?.length > 0) throw new Refusal(answer.errors[0]);
    return answer.data;
  };
  return { endpoint, request };
}

/** @param {Record<string, string | undefined>} env @param {string} endpoint @param {string} keyFile */
function keyOf(env, endpoint, keyFile) {
  if (env.KYOK_API_KEY) return env.KYOK_API_KEY.trim();
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(endpoint).hostname);
  if (isLocal && existsSync(keyFile)) return readFileSync(keyFile, 'utf8').trim();
  throw new NotReady(`No API key for ${endpoint}: start a server here with "npm start", or set KYOK_API_KEY.`);
}

/** @param {string} endpoint @param {string} apiKey @param {object} body */
async function post(endpoint, apiKey, body) {
  try {
    const response = await fetch(`${endpoint}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    return await response.json();
  } catch (error) {
    const why = /** @type {any} */ (error)?.cause?.code ?? /** @type {Error} */ (error).message;
    throw new NotReady(`No kyok server answers at ${endpoint} (${why}). Start one with "npm start", or set KYOK_ENDPOINT.`);
  }
}
