/** S17: what one request may send, and that whatever it sends the server answers soon, and in words for the caller. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start, type TestServer } from './start.js';

let server: TestServer;
let stranger: string;
beforeAll(async () => {
  server = await start();
  stranger = await server.tokenOf(await server.callOf([]));
});
afterAll(() => server.close());

const nobody = '00000000-0000-4000-8000-000000000000';
const encrypt = 'mutation ($input: EncryptInput!) { encrypt(input: $input) { keyVersion } }';
const createVault = 'mutation ($input: CreateVaultInput!) { createVault(input: $input) { id } }';
const list = (length: number, item: unknown) => Array.from({ length }, () => item);
const nested = (levels: number, open: string, close: string) => `${open.repeat(levels)}${close.repeat(levels)}`;

describe('S17: variables', () => {
  it.each([
    ['items that are none', { input: { keyId: nobody, items: list(300_000, 7) } }],
    ['items with unknown fields', { input: { keyId: nobody, items: list(100_000, { plaintxt: '' }) } }],
    ['members', { input: Object.fromEntries(list(200_000, 0).map((_, n) => [`nam${n}`, 0])) }],
    ['unused variables', { other: list(300_000, 1) }],
  ])('with masses of %s are refused within a second of CPU', async (_what, variables) => {
    const body = JSON.stringify({ query: encrypt, variables });
    // The server is in this process. CPU and not the clock: other tests run beside this one.
    const before = process.cpuUsage();
    const answer = await server.post('/graphql', body, { authorization: `Bearer ${stranger}` });
    const { errors } = (await answer.json()) as { errors: { extensions: object }[] };
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(1_000);
    expect(answer.status).toBe(400);
    expect(errors[0]?.extensions).toMatchObject({ code: 'TOO_LARGE', details: { limit: expect.stringMatching(/^variable/) } });
  });

  it('are refused at a stream too', async () => {
    const query = 'subscription { managedKeyChanged { kind } }';
    const headers = { authorization: `Bearer ${stranger}`, accept: 'text/event-stream' };
    const answer = await server.post('/graphql/stream', { query, variables: { a: list(30_000, 1) } }, headers);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'TOO_LARGE' } }] });
  });

  it('of wrong types get 20 issues and no more', async () => {
    const { errors } = await server.ask(encrypt, { input: { keyId: nobody, items: list(1_000, 7) } });
    expect(errors[0]?.extensions.details.issues).toHaveLength(20);
  });

  it('for 1,000 items with several fields fit', async () => {
    const items = list(1_000, { plaintext: 'YWJj', aad: 'YWJj' });
    const { errors } = await server.ask(encrypt, { input: { keyId: nobody, items } });
    expect(errors[0]?.extensions.code).toBe('MANAGED_KEY_NOT_FOUND');
  });
});

describe('what the caller has done is told as such', () => {
  const post = async (body: string) => {
    const answer = await server.post('/graphql', body, { authorization: `Bearer ${server.adminToken}` });
    const { errors } = (await answer.json()) as { errors: { extensions: { code: string } }[] };
    return { status: answer.status, code: errors[0]?.extensions.code };
  };
  const query = JSON.stringify(createVault);
  const refused = { status: 400, code: expect.stringMatching(/^(TOO_LARGE|INPUT_INVALID)$/) };

  it.each([
    ['a variable', `{"query":${query},"variables":{"input":${nested(100_000, '[', ']')}}}`],
    ['a member of a variable', `{"query":${query},"variables":{"input":{"name":${nested(100_000, '[', ']')}}}}`],
    ['objects in a variable', `{"query":${query},"variables":{"input":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}`],
    ['the body', nested(100_000, '[', ']')],
    ['a document', JSON.stringify({ query: `${nested(2_400, '{a', '}')}` })],
    ['a literal', JSON.stringify({ query: `mutation { createVault(input: ${nested(2_400, '[', ']')}) { id } }` })],
    ['a type', JSON.stringify({ query: `query ($a: ${nested(2_400, '[', ']').replace('[]', '[Int]')}) { instance { id } }` })],
  ])('when %s is nested too deep', async (_what, body) => {
    expect(await post(body)).toEqual(refused);
  });

  it('when fragments double each other', async () => {
    const fragments = Array.from({ length: 20 }, (_, n) => `fragment f${n} on Instance { ...f${n + 1} ...f${n + 1} }`).join(' ');
    const document = `{ instance { ...f0 } } ${fragments} fragment f20 on Instance { id }`;
    expect(await post(JSON.stringify({ query: document }))).toEqual({ status: 400, code: 'TOO_LARGE' });
  });

  it('when a variable without a value stands where one must be', async () => {
    const document = 'query ($first: Int = 5, $on: Boolean = true) { vaults(first: $first) { totalCount @include(if: $on) } }';
    expect(await post(JSON.stringify({ query: document, variables: { on: null } }))).toEqual({ status: 400, code: 'INPUT_INVALID' });
  });
});
