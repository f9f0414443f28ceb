/** S5: a request whose body is still on its way when its credentials are revoked. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { revokeApiKey } from '../../../src/services/iam/revoke-api-key.js';
import { perform } from '../../../src/services/perform.js';
import { start, type TestServer } from '../graphql/start.js';

let server: TestServer;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server.close());

it('S5: a body that is finished after the API key was revoked is answered UNAUTHENTICATED', async () => {
  const token = await server.tokenOf(server.admin);
  const [apiKey] = (await server.estate.store.read.find('apiKey', {})).slice(-1);
  const body = JSON.stringify({ query: 'mutation { generateRandom(input: { length: 32 }) { items } }' });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': body.length };
  const trickled = request(`${server.endpoint}/graphql`, { method: 'POST', headers });
  const answer = new Promise<string>((resolve, reject) => {
    trickled.on('error', reject).on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part)).on('end', () => resolve(Buffer.concat(parts).toString()));
    });
  });
  trickled.write(body.slice(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await perform(server.estate, server.admin, revokeApiKey, { id: apiKey?.id });
  trickled.end(body.slice(20));
  expect(JSON.parse(await answer)).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
});
