import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kyokProcess, type RealServer, realServer, run } from '../cli/real-server.js';

const demo = 'examples/retail-banking/demo.mjs';

describe('the retail banking demo', () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await realServer();
  });
  afterAll(async () => {
    await server?.stop();
  });

  it('builds and uses the estate, and can be run twice', async () => {
    const first = await run([demo], server.env);
    expect(first.code, first.err + first.out).toBe(0);
    for (const step of [
      '10 made',
      '3 made',
      'rotate',
      'refused, as it must be',
      'hash to the signed root',
      'proven to be in the log',
      'Done: ',
    ])
      expect(first.out).toContain(step);
    const second = await run([demo], server.env);
    expect(second.code, second.err + second.out).toBe(0);
    expect(second.out).toContain('2 found: Retail Cards, Retail Lending');
    // The key that the first run destroyed is made again.
    expect(second.out).toContain('1 made, 9 found');
    const keys = await kyokProcess(['key', 'list', '--output', 'json'], server.env);
    expect((JSON.parse(keys.out) as unknown[]).length).toBe(9);
  }, 120_000);

  it('says in one line that no server runs', async () => {
    const nowhere = await run([demo], { KYOK_ENDPOINT: 'http://127.0.0.1:1', KYOK_API_KEY: 'kyok_x' });
    expect(nowhere).toMatchObject({ code: 1, out: '' });
    expect(nowhere.err).toMatch(/^No kyok server answers at http:\/\/127.0.0.1:1 .*npm start.*\n$/);
  });
});
