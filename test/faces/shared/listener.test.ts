import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { FaceSettings } from '../../../src/faces/contract.js';
import { requestIdOf } from '../../../src/faces/shared/request-id.js';
import { signInCodes, signInSeconds } from '../../../src/faces/shared/sign-in-codes.js';
import { start } from '../graphql/start.js';

describe('request ids', () => {
  it.each([
    ['short', 'abc'],
    ['holding a line break', 'abcdefgh\nx'],
    ['too long', 'a'.repeat(101)],
  ])('that are %s are made anew', (_what, given) => {
    const id = requestIdOf({ headers: { 'x-request-id': given } });
    expect(id).not.toBe(given);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('sign-in codes', () => {
  it('work once, for ten minutes, for their principal', () => {
    let now = 0;
    const codes = signInCodes(() => now);
    const code = codes.issue('p1');
    expect(Buffer.from(code, 'base64url')).toHaveLength(32);
    expect(codes.redeem(code)).toBe('p1');
    expect(codes.redeem(code)).toBeUndefined();
    const late = codes.issue('p1');
    now = signInSeconds * 1000;
    expect(codes.redeem(late)).toBeUndefined();
    expect(codes.redeem('')).toBeUndefined();
  });
});

describe('the sign-in route', () => {
  it('is limited by rate', async () => {
    const server = await start();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 22; attempt += 1) {
      statuses.push((await server.post('/sign-in', { code: 'guess' }, { origin: server.endpoint })).status);
    }
    await server.close();
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('a development server', () => {
  const warnings = async (settings: Partial<FaceSettings>) => {
    const lines: string[] = [];
    const server = await start({ settings, logger: pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) }) });
    await server.close();
    return { lines, signInLink: server.signInLink };
  };

  it('that listens beyond this machine without TLS says so in one line, and signs nobody in', async () => {
    const { lines, signInLink } = await warnings({ listen: { host: '0.0.0.0', port: 0 } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('without TLS');
    expect(signInLink).toBeUndefined();
  });

  it('on loopback, and a production server, have nothing to say', async () => {
    expect((await warnings({})).lines).toEqual([]);
    expect((await warnings({ profile: 'production', listen: { host: '0.0.0.0', port: 0 } })).lines).toEqual([]);
  });
});

describe('hostile input', () => {
  it('of any shape leaves the next client served (S23)', async () => {
    const server = await start();
    const headers = { authorization: `Bearer ${server.adminToken}` };
    const bodies = [
      '',
      '[]',
      'null',
      '{}',
      '{"query":5}',
      '{"query":""}',
      '{"query":"{"}',
      '{"variables":"x","query":"{a}"}',
      '\u0000',
      '{"__proto__":{}}',
    ];
    for (const body of bodies) {
      const answer = await server.post('/graphql', body, headers);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'INPUT_INVALID' } }] });
      const stream = await server.post('/graphql/stream', body, { ...headers, accept: 'text/event-stream' });
      expect(stream.status).toBe(400);
      await stream.text();
    }
    expect((await server.data('{ instance { profile } }')).instance.profile).toBe('development');
    await server.close();
  });
});
