/** A GraphQL client that tells apart what was answered, what was refused, and what nobody knows. */
import { Agent, type IncomingMessage, request } from 'node:http';

/** How a request ended. `UNKNOWN`: no whole answer came, so that it may have been done or not. */
export type Answer =
  | { readonly outcome: 'OK'; readonly data: Readonly<Record<string, unknown>> }
  | { readonly outcome: 'REFUSED'; readonly code: string; readonly message: string }
  | { readonly outcome: 'UNKNOWN'; readonly why: string };

/** One caller with connections of its own. */
export interface Client {
  /** `requestId` goes along and stands in the audit events of what was done. */
  send(requestId: string, document: string, variables?: Readonly<Record<string, unknown>>): Promise<Answer>;
  /** Requests under way. */
  outstanding(): number;
  close(): void;
}

interface Reply {
  /** Of refusals that come before GraphQL. */
  readonly code?: string;
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string; readonly details?: unknown } }[];
}

/** Speaks to a server with an API key; waits `timeoutSeconds` for an answer. */
export function client(endpoint: string, apiKey: string, timeoutSeconds = 60): Client {
  const agent = new Agent({ keepAlive: true });
  let underWay = 0;
  const post = async (requestId: string, body: string): Promise<Answer> => {
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const headers = {
          authorization: `Bearer ${apiKey}`,
          'content-type': 'application/json',
          'x-request-id': requestId,
          'content-length': Buffer.byteLength(body),
        };
        const signal = AbortSignal.timeout(timeoutSeconds * 1000);
        request(`${endpoint}/graphql`, { method: 'POST', agent, headers, signal }, resolve).on('error', reject).end(body);
      });
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      if (!response.complete) return { outcome: 'UNKNOWN', why: 'half an answer' };
      return answerOf(Buffer.concat(chunks).toString('utf8'));
    } catch (error) {
      const { code, name } = error as NodeJS.ErrnoException;
      return { outcome: 'UNKNOWN', why: name === 'TimeoutError' ? name : (code ?? String(error)) };
    }
  };
  return {
    send: async (requestId, document, variables = {}) => {
      underWay += 1;
      try {
        return await post(requestId, JSON.stringify({ query: document, variables }));
      } finally {
        underWay -= 1;
      }
    },
    outstanding: () => underWay,
    close: () => agent.destroy(),
  };
}

function answerOf(text: string): Answer {
  const reply = JSON.parse(text) as Reply;
  const error = reply.errors?.[0];
  if (error)
    return {
      outcome: 'REFUSED',
      code: error.extensions?.code ?? 'NO_CODE',
      message: `${error.message} ${JSON.stringify(error.extensions?.details ?? {})}`,
    };
  if (reply.data) return { outcome: 'OK', data: reply.data };
  return { outcome: 'REFUSED', code: reply.code ?? 'NO_CODE', message: text.slice(0, 200) };
}
