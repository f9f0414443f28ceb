import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';

/** Who answers at the address of the listener, and what time it is there. */
export interface Answering {
  readonly isKyok: boolean;
  /** Milliseconds since 1970, of the answer's Date header. */
  readonly time?: number;
}

const patienceMs = 3000;
const longestBody = 200;

/** Nothing when nobody answers over HTTP. */
export function answering(endpoint: string): Promise<Answering | undefined> {
  const url = new URL(`${endpoint}/healthz`);
  // Nothing is told to whoever answers, so any certificate will do to hear who it is.
  const options = { timeout: patienceMs, rejectUnauthorized: false };
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? httpsGet : httpGet)(url, options, (response) => {
      bodyOf(response).then((body) => resolve(answer(response, body)), nobody);
    });
    const nobody = () => {
      request.destroy();
      resolve(undefined);
    };
    request.once('timeout', nobody).once('error', nobody);
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > longestBody) break;
  }
  return body;
}

function answer({ statusCode, headers }: IncomingMessage, body: string): Answering {
  const time = Date.parse(headers.date ?? '');
  return { isKyok: statusCode === 200 && body.includes('"status"'), ...(Number.isNaN(time) ? {} : { time }) };
}
