/** Sends random requests to a real server: none may bring it down, cost it long, or make it say what it must not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RealServer, realServer, run } from '../cli/real-server.js';
import { marker, requestOf } from './graphql-requests.js';
import { residentMegabytes } from './memory.js';

export interface Found {
  readonly seed: number;
  readonly what: string;
  readonly input: string;
}

export interface Fuzzed {
  readonly cases: number;
  readonly found: readonly Found[];
  readonly notes: string;
}

const longestSeconds = 30;
const mostMegabytes = 1_200;
const internalCodes = ['INTERNAL', 'AUDIT_UNAVAILABLE', 'STORE_UNAVAILABLE'];

/** Requests of the seeds from `first` on, until the time is over or `cases` are done. */
export async function fuzzGraphql(first: number, seconds: number, cases: number): Promise<Fuzzed> {
  const server = await realServer();
  const found: Found[] = [];
  let done = 0;
  let slowest = 0;
  try {
    const demo = await run(['examples/retail-banking/demo.mjs'], server.env);
    if (demo.code !== 0) throw new Error(`the demo failed: ${demo.err}`);
    const token = readFileSync(join(server.dataDir, 'admin.key'), 'utf8').trim();
    const ids = await knownIds(server, token);
    const deadline = performance.now() + seconds * 1_000;
    while (performance.now() < deadline && done < cases && found.length < 10) {
      const seed = first + done;
      const { path, body } = requestOf(seed, ids);
      const begun = performance.now();
      const what = await problemOf(server, path, body, token);
      slowest = Math.max(slowest, performance.now() - begun);
      if (what !== undefined) found.push({ seed, what, input: body.slice(0, 2_000) });
      done += 1;
    }
    const megabytes = residentMegabytes(server.process.pid);
    if (megabytes > mostMegabytes) found.push({ seed: first, what: `the server holds ${megabytes} MB`, input: '' });
    if ((await fetch(`${server.endpoint}/readyz`)).status !== 200)
      found.push({ seed: first + done, what: 'the server is not ready afterwards', input: '' });
    return { cases: done, found, notes: `slowest ${slowest.toFixed(0)} ms, server ${megabytes} MB` };
  } finally {
    await server.stop();
  }
}

/** Ids of what may be changed at will: neither the administrator nor what lets it in. */
async function knownIds(server: RealServer, token: string): Promise<string[]> {
  const query = '{ managedKeys(first: 20) { edges { node { id vaultId templateId } } } keystores(first: 5) { edges { node { id } } } }';
  const answer = await post(server, '/graphql', JSON.stringify({ query }), token);
  return [...new Set((await answer.text()).match(/[0-9a-f]{8}-[0-9a-f-]{27}/g) ?? [])];
}

async function post(server: RealServer, path: string, body: string, token: string): Promise<Response> {
  const accept = path === '/graphql' ? 'application/graphql-response+json' : 'text/event-stream';
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept };
  return await fetch(`${server.endpoint}${path}`, { method: 'POST', headers, body, signal: AbortSignal.timeout(longestSeconds * 1_000) });
}

async function problemOf(server: RealServer, path: string, body: string, token: string): Promise<string | undefined> {
  if (server.process.exitCode !== null) return `the server has ended with ${server.process.exitCode}`;
  try {
    const answer = await post(server, path, body, token);
    if (answer.headers.get('content-type')?.includes('event-stream')) {
      await answer.body?.cancel();
      return undefined;
    }
    return problemIn(answer.status, await answer.text());
  } catch (error) {
    return `no answer: ${String(error)} ${String((error as Error).cause ?? '')}`;
  }
}

interface Told {
  readonly message?: string;
  readonly extensions?: { readonly code?: string; readonly requestId?: string };
}

/** What is wrong with an answer. */
export function problemIn(status: number, text: string): string | undefined {
  if (status >= 500) return `status ${status}: ${text.slice(0, 300)}`;
  let errors: readonly Told[];
  try {
    errors = (JSON.parse(text) as { errors?: readonly Told[] }).errors ?? [];
  } catch {
    return `no JSON (${status}): ${text.slice(0, 300)}`;
  }
  const said = JSON.stringify(errors);
  if (said.includes(marker) || said.includes(Buffer.from(marker).toString('base64').slice(0, 8)))
    return `an error repeats what was sent: ${said.slice(0, 500)}`;
  if (/\bat .+\.[jt]s:\d+|node_modules|SQLITE|QueryFailed/.test(said)) return `an error tells of the inside: ${said.slice(0, 500)}`;
  const bare = errors.find(({ extensions }) => extensions?.code === undefined || extensions.requestId === undefined);
  if (bare) return `an error has no code or request id: ${JSON.stringify(bare).slice(0, 300)}`;
  const internal = errors.find(({ extensions }) => internalCodes.includes(extensions?.code ?? ''));
  return internal && `${internal.extensions?.code}: ${JSON.stringify(internal).slice(0, 500)}`;
}
