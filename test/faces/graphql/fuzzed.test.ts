/** What the fuzzer found once, kept. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start, type TestServer } from './start.js';

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

describe('found by fuzzing', () => {
  it('every capability of a keystore type is told', async () => {
    const query = '{ keystoreTypes { capabilities { rename cancelDestruction deactivatedDecrypts holdsKeysForUse destroysAtOnce } } }';
    for (const { capabilities } of (await server.data(query)).keystoreTypes)
      for (const value of Object.values(capabilities)) expect(typeof value).toBe('boolean');
  });

  it.each([
    [
      'literals that a scalar does not take',
      'mutation { updateManagedKey(input: { id: "1", expirationDate: "QZXMARK" }) { id } }',
      'INPUT_INVALID',
    ],
    [
      'nested too deep',
      `{ __schema { types { fields { type { ${'ofType { '.repeat(1_000)}name${' }'.repeat(1_000)} } } } } }`,
      /TOO_LARGE|INPUT_INVALID/,
    ],
  ])('a stream refuses documents with %s as the caller’s fault', async (_what, query, code) => {
    const headers = { authorization: `Bearer ${server.adminToken}`, accept: 'text/event-stream' };
    const answer = await server.post('/graphql/stream', { query }, headers);
    const text = await answer.text();
    expect(answer.status).toBe(400);
    for (const { extensions } of JSON.parse(text).errors) expect(extensions.code).toMatch(code);
    expect(text).not.toContain('QZXMARK');
  });
});
