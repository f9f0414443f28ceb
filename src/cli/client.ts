/** A GraphQL client over node:http and node:https (fetch takes no certificate authority of one's own). */
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CliFailure, type Refusal, refusalFailure } from './failure.js';
import type { ClientSettings } from './settings.js';

export type Variables = Readonly<Record<string, unknown>>;

export interface Client {
  /**
   * The `data` of the answer.
   * @throws CliFailure when the server refuses, cannot be reached, or answers something else.
   */
  request(document: string, variables?: Variables): Promise<Readonly<Record<string, unknown>>>;
  readonly endpoint: URL;
}

interface GraphqlError {
  readonly message: string;
  readonly extensions?: Refusal;
}

export function graphqlClient(settings: ClientSettings): Client {
  return {
    endpoint: settings.endpoint,
    request: async (document, variables = {}) => {
      const { status, body } = await post(settings, JSON.stringify({ query: document, variables }));
      return dataOf(settings, status, body);
    },
  };
}

function dataOf({ endpoint }: ClientSettings, status: number, body: string): Readonly<Record<string, unknown>> {
  const answer = parsed(body);
  const [error] = answer?.errors ?? [];
  if (error) throw refusalFailure(error.message, error.extensions ?? {});
  if (answer?.data) return answer.data;
  throw new CliFailure('UNREACHABLE', `What answers at ${endpoint.origin} is not a kyok server (HTTP status ${status}).`);
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly GraphqlError[];
}

function parsed(body: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

async function post(settings: ClientSettings, body: string): Promise<{ status: number; body: string }> {
  const apiKey = settings.apiKey();
  const url = new URL(`${settings.endpoint.href.replace(/\/$/, '')}/graphql`);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const tls = url.protocol === 'https:' ? tlsOptions(settings) : {};
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json',
    'content-length': Buffer.byteLength(body),
  };
  const signal = AbortSignal.timeout(settings.timeoutSeconds * 1000);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      send(url, { method: 'POST', headers, signal, ...tls }, resolve)
        .on('error', reject)
        .end(body);
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response) chunks.push(chunk as Uint8Array);
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    throw connectionFailure(settings, signal, error);
  }
}

function tlsOptions({ caFile, clientCertificate }: ClientSettings): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  const own = clientCertificate && { cert: readFileSync(clientCertificate.certFile), key: readFileSync(clientCertificate.keyFile) };
  return { ...(caFile ? { ca: readFileSync(caFile) } : {}), ...own };
}

function connectionFailure({ endpoint, timeoutSeconds }: ClientSettings, signal: AbortSignal, error: unknown): CliFailure {
  if (signal.aborted)
    return new CliFailure(
      'LATER',
      `${endpoint.origin} did not answer within ${timeoutSeconds} s; look at the result before you repeat it.`,
    );
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = code === 'ECONNREFUSED' ? 'nothing listens there; "kyok serve" or "npm start" starts a server' : code || String(error);
  return new CliFailure('UNREACHABLE', `No server at ${endpoint.origin}: ${why}.`);
}
