/** A server in this process on a free port, over a test estate, and a client that speaks to it with fetch. */
import pino from 'pino';
import type { FaceSettings } from '../../../src/faces/contract.js';
import { type FaceOptions, startFaces } from '../../../src/faces/index.js';
import type { Call } from '../../../src/services/call.js';
import { createApiKey } from '../../../src/services/iam/create-api-key.js';
import { perform } from '../../../src/services/perform.js';
import { reconciler } from '../../../src/services/reconciler/reconciler.js';
import { type TestEstate, type TestEstateOptions, testEstate } from '../../fakes/estate.js';

export interface StartOptions extends TestEstateOptions, FaceOptions {
  readonly settings?: Partial<FaceSettings>;
  /** The listener's own log; silent when absent. */
  readonly logger?: pino.Logger;
}

export interface TestServer extends TestEstate {
  readonly endpoint: string;
  readonly signInLink: string | undefined;
  /** Bearer token of the administrator. */
  readonly adminToken: string;
  tokenOf(call: Call): Promise<string>;
  /** What the administrator, or whoever holds the token, is answered. */
  ask(query: string, variables?: object, token?: string): Promise<Answer>;
  /** The data of an answer without errors. */
  data(query: string, variables?: object, token?: string): Promise<Data>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers have the shape of the query
export type Data = any;
export interface Answer {
  readonly status: number;
  readonly data: Data;
  readonly errors: readonly {
    message: string;
    path?: string[];
    extensions: { code: string; kind: string; details: Data; requestId: string };
  }[];
  readonly headers: Headers;
}

export async function start(options: StartOptions = {}): Promise<TestServer> {
  const world = await testEstate(options);
  const { estate } = world;
  const settings: FaceSettings = {
    profile: 'development',
    listen: { host: '127.0.0.1', port: 0 },
    corsOrigins: [],
    introspection: true,
    ...options.settings,
  };
  const keys = reconciler(estate);
  keys.start();
  const faces = await startFaces(estate, settings, options.logger ?? pino({ level: 'silent' }), options);
  const tokenOf = async (call: Call) => {
    const input = { principalId: call.principal.id, name: 'test' };
    const { token } = await perform(estate, world.admin, createApiKey, input);
    if (token === null) throw new Error('no token');
    return token;
  };
  const adminToken = await tokenOf(world.admin);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${faces.endpoint}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const ask = async (query: string, variables: object = {}, token: string = adminToken): Promise<Answer> => {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/graphql-response+json' };
    const response = await post('/graphql', { query, variables }, headers);
    const body = (await response.json()) as Pick<Answer, 'data' | 'errors'>;
    return { status: response.status, data: body.data, errors: body.errors ?? [], headers: response.headers };
  };
  return {
    ...world,
    endpoint: faces.endpoint,
    signInLink: faces.signInLink,
    adminToken,
    tokenOf,
    ask,
    data: async (query, variables, token) => {
      const { data, errors } = await ask(query, variables, token);
      if (errors.length > 0) throw new Error(JSON.stringify(errors));
      return data;
    },
    post,
    close: async () => {
      await faces.stop();
      await keys.stop();
      await world.close();
    },
  };
}
