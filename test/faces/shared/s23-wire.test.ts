/** S23: whatever bytes come in over the wire, the listener goes on, its memory stays bounded, and the next client is served. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealServer, realServer } from '../../cli/real-server.js';
import { residentMegabytes } from '../../fuzz/memory.js';

let server: RealServer;
let port: number;
let before: number;
beforeAll(async () => {
  server = await realServer();
  port = Number(new URL(server.endpoint).port);
  await isServed();
  before = residentMegabytes(server.process.pid);
});
afterAll(async () => {
  await server?.stop();
});

const isServed = async () => (await fetch(`${server.endpoint}/readyz`)).status;
const head = (...lines: string[]) => `${['POST /graphql HTTP/1.1', 'Host: 127.0.0.1', ...lines].join('\r\n')}\r\n\r\n`;
const bearer = `Authorization: Bearer kyok_${'A'.repeat(43)}`;
const json = 'Content-Type: application/json';

/** What the server answers to these bytes until it closes, or nothing more comes for a while. */
function sent(...parts: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket: Socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) if (!socket.destroyed) socket.write(part);
    });
    const over = () => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(1_500, over);
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    socket.on('error', over).on('close', over);
  });
}

/** The first answer's status; 0 where the connection was closed without one. */
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

describe('S23: bytes that are no request', () => {
  it.each<[string, readonly (string | Uint8Array)[]]>([
    ['random', [randomBytes(10_000)]],
    ['zeros', [new Uint8Array(100_000)]],
    ['the preface of HTTP/2', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', randomBytes(100)]],
    ['a TLS greeting', [Buffer.from('16030100c8010000c40303', 'hex'), randomBytes(200)]],
    ['a request line without end', ['GET /', 'a'.repeat(200_000)]],
    ['a header without end', ['GET / HTTP/1.1\r\nHost: x\r\nX: ', 'a'.repeat(200_000)]],
    ['too many headers', [head(...Array.from({ length: 5_000 }, (_, n) => `X-${n}: ${'a'.repeat(20)}`))]],
    ['two lengths', [head(bearer, json, 'Content-Length: 5', 'Content-Length: 6'), 'aaaaa']],
    ['a length and chunks', [head(bearer, json, 'Content-Length: 5', 'Transfer-Encoding: chunked'), '0\r\n\r\n']],
    ['a negative length', [head(bearer, json, 'Content-Length: -1'), 'x']],
    ['a chunk of no size', [head(bearer, json, 'Transfer-Encoding: chunked'), 'zz\r\nabc\r\n']],
    ['a chunk of 2^64', [head(bearer, json, 'Transfer-Encoding: chunked'), 'ffffffffffffffff\r\nabc']],
    ['a NUL in a header', [head(bearer, 'X: a\u0000b')]],
    ['a bare line feed', ['GET /healthz HTTP/1.1\nHost: x\n\n', 'GET /healthz HTTP/1.1\n\n']],
    ['an unknown method', ['BREW /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n']],
  ])('%s: refused or closed, and the next client is served', async (_what, parts) => {
    const status = statusOf(await sent(...parts));
    expect([0, 400, 401, 404, 413, 431, 501, 505]).toContain(status);
    expect(await isServed()).toBe(200);
  });

  it('a request in pieces of one byte is one request', async () => {
    const answer = await sent(...[...`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`]);
    expect(answer).toMatch(/^HTTP\/1\.1 200[\s\S]*"ok"/);
  });
});

describe('S23: bodies', () => {
  it('of a gibibyte are refused before they are sent, whoever asks', async () => {
    const gibibyte = `Content-Length: ${2 ** 30}`;
    expect(statusOf(await sent(head(json, gibibyte), 'x'))).toBe(401);
    expect(statusOf(await sent(head(bearer, json, gibibyte), 'x'))).toBe(401);
    const { readFileSync } = await import('node:fs');
    const admin = `Authorization: Bearer ${readFileSync(`${server.dataDir}/admin.key`, 'utf8').trim()}`;
    expect(statusOf(await sent(head(admin, json, gibibyte), 'x'))).toBe(413);
    // Compressed bodies are taken by nobody: what is small on the wire is small in memory.
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    expect([400, 415]).toContain(statusOf(await sent(head(admin, json, 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`), bomb)));
    const chunks = Array.from({ length: 20 }, () => `100000\r\n${' '.repeat(0x100000)}\r\n`);
    expect([0, 413]).toContain(statusOf(await sent(head(admin, json, 'Transfer-Encoding: chunked'), ...chunks)));
  });
});

describe('S23: slow and many clients', () => {
  it('do not keep others waiting', async () => {
    const sockets = Array.from({ length: 400 }, (_, n) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(n % 2 === 0 ? 'POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: ' : head(json, 'Content-Length: 100'));
      return socket;
    });
    const drip = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write('a');
    }, 100);
    try {
      for (let attempt = 0; attempt < 10; attempt += 1) {
        const begun = performance.now();
        expect(await isServed()).toBe(200);
        expect(performance.now() - begun).toBeLessThan(10_000);
      }
    } finally {
      clearInterval(drip);
      for (const socket of sockets) socket.destroy();
    }
  });

  it('and after all of it the server holds little more memory than before', async () => {
    expect(await isServed()).toBe(200);
    expect(server.process.exitCode).toBeNull();
    expect(residentMegabytes(server.process.pid) - before).toBeLessThan(400);
  });
});
