/** Real syslog receivers on loopback: what came in, message by message, over TCP, TLS or UDP. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface Receiver {
  readonly port: number;
  /** Whole messages in the order of their arrival. */
  readonly messages: readonly string[];
  /** Goes away at once, connections and all. */
  kill(): Promise<void>;
}

export interface ParsedMessage {
  readonly priority: number;
  readonly version: string;
  readonly timestamp: string;
  readonly hostname: string;
  readonly app: string;
  readonly processId: string;
  readonly messageId: string;
  readonly data: string;
  readonly message: string;
}

/** RFC 5424's grammar, section 6, written independently of the sender. */
const grammar =
  /^<(\d{1,3})>([1-9]\d{0,2}) (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) ((?:\[(?:[^\]\\]|\\.)*\])+|-) ([\s\S]*)$/;

export function parsed(text: string): ParsedMessage {
  const match = grammar.exec(text);
  if (!match) throw new Error(`not a message of RFC 5424: ${text.slice(0, 200)}`);
  const [, priority, version = '', timestamp = '', hostname = '', app = '', processId = '', messageId = '', data = '', message = ''] =
    match;
  return { priority: Number(priority), version, timestamp, hostname, app, processId, messageId, data, message };
}

/** The index that a message's JSON carries. */
export function indexOf(text: string): number {
  return (JSON.parse(parsed(text).message) as { index: number }).index;
}

export async function tcpReceiver(port = 0): Promise<Receiver> {
  return await streamReceiver(createTcpServer(), port);
}

export async function tlsReceiver(options: TlsOptions, port = 0): Promise<Receiver> {
  return await streamReceiver(createTlsServer(options), port, 'secureConnection');
}

export async function unixReceiver(path: string): Promise<Receiver> {
  return await streamReceiver(createTcpServer(), path);
}

async function streamReceiver(server: Server, where: number | string, event = 'connection'): Promise<Receiver> {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on(event, (socket: Socket) => {
    let rest = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        const space = rest.indexOf(0x20);
        const length = Number(rest.subarray(0, Math.max(space, 0)).toString());
        if (space < 1 || rest.length < space + 1 + length) return;
        messages.push(rest.subarray(space + 1, space + 1 + length).toString('utf8'));
        rest = rest.subarray(space + 1 + length);
      }
    });
  });
  server.on('tlsClientError', () => {});
  if (typeof where === 'string') server.listen(where);
  else server.listen(where, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: typeof where === 'string' ? 0 : (server.address() as AddressInfo).port,
    messages,
    kill: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
  };
}

export async function udpReceiver(port = 0): Promise<Receiver> {
  const socket = createSocket('udp4');
  const messages: string[] = [];
  socket.on('message', (message) => messages.push(message.toString('utf8')));
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    messages,
    kill: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}
