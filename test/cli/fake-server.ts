import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Io } from '../../src/cli/io.js';
import { runKyok } from '../../src/cli/run.js';

export interface Asked {
  readonly field: string;
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly authorization: string;
}

type Answer = (variables: Record<string, unknown>) => unknown;

/** Thrown by an answer: becomes a GraphQL error. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly extensions: Record<string, unknown>,
  ) {
    super(message);
  }
}

export interface FakeServer {
  readonly url: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** A GraphQL server that answers root fields from a table and remembers what it was asked. */
export async function fakeServer(answers: Record<string, Answer>): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, unknown> };
      const field = /^(?:query|mutation) (\w+)/.exec(query)?.[1] ?? '';
      asked.push({ field, query, variables, authorization: request.headers.authorization ?? '' });
      response.setHeader('content-type', 'application/graphql-response+json');
      response.end(JSON.stringify(reply(answers[field], field, variables)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function reply(answer: Answer | undefined, field: string, variables: Record<string, unknown>): unknown {
  try {
    if (!answer) throw new Refused(`Cannot query field "${field}".`, { code: 'INPUT_INVALID', kind: 'invalid-input' });
    return { data: { [field]: answer(variables) } };
  } catch (error) {
    const { message, extensions } = error as Refused;
    return { data: null, errors: [{ message, extensions }] };
  }
}

/** One page that holds all of these. */
export function page(nodes: readonly unknown[]) {
  return { edges: nodes.map((node) => ({ node })), pageInfo: { hasNextPage: false, endCursor: null } };
}

export interface Outcome {
  readonly code: number;
  readonly out: Buffer;
  readonly text: string;
  readonly err: string;
}

/** Runs a command line in this process, without a terminal. */
export async function kyok(
  argv: readonly string[],
  { env = {}, stdin = '' }: { env?: Record<string, string>; stdin?: string | Uint8Array } = {},
): Promise<Outcome> {
  const out: Buffer[] = [];
  let err = '';
  const io: Io = {
    env,
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    width: 120,
    out: (data) => void out.push(Buffer.from(data)),
    err: (text) => {
      err += text;
    },
  };
  const local = {
    serve: async () => undefined,
    resetAdministrator: async () => ({ adminKeyFile: '/data/admin.key' }),
    examine: async () => [],
  };
  const code = await runKyok(argv, io, local);
  return { code, out: Buffer.concat(out), text: Buffer.concat(out).toString('utf8'), err };
}
