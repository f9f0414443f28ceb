/** Messages on a stream: TCP, TLS (RFC 5425) or a unix stream socket, by octet counting. */
import { once } from 'node:events';
import { connect as connectTcp, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { syslogFrame } from './message.js';
import type { SyslogTransport } from './transport.js';

/** PEM texts of the authorities that the receiver's certificate must come from, and of our own certificate. */
export interface SyslogTls {
  readonly ca?: Uint8Array | undefined;
  readonly cert?: Uint8Array | undefined;
  readonly key?: Uint8Array | undefined;
}

export type StreamAddress = { readonly host: string; readonly port: number; readonly tls?: SyslogTls } | { readonly path: string };

const connectMilliseconds = 5_000;
const writeMilliseconds = 10_000;
const keepAliveMilliseconds = 10_000;

/** Connects with the first message and again after a connection was lost. */
export function streamTransport(address: StreamAddress): SyslogTransport {
  let socket: Socket | undefined;

  const connected = async (): Promise<Socket> => {
    if (socket && isWhole(socket)) return socket;
    socket?.destroy();
    socket = undefined;
    const fresh = await connect(address);
    socket = fresh;
    return fresh;
  };
  return {
    send: async (records, origin) => await write(await connected(), Buffer.concat(records.map((record) => syslogFrame(record, origin)))),
    probe: async () => {
      await connected();
    },
    close: async () => {
      const last = socket;
      socket = undefined;
      if (!last || last.destroyed) return;
      const closed = once(last, 'close');
      last.end();
      setTimeout(() => last.destroy(), 1_000).unref();
      await closed;
    },
  };
}

/** A receiver says nothing: once it has ended its side it is gone. */
function isWhole(socket: Socket): boolean {
  return !socket.destroyed && socket.writable && !socket.readableEnded;
}

async function connect(address: StreamAddress): Promise<Socket> {
  const { socket, ready } = open(address);
  socket.setKeepAlive(true, keepAliveMilliseconds);
  socket.resume();
  const late = setTimeout(() => socket.destroy(new Error('no answer')), connectMilliseconds);
  try {
    await once(socket, ready);
    // Whoever writes or probes next is told; an error without a listener would end the process.
    socket.on('error', () => {});
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

function open(address: StreamAddress): { readonly socket: Socket; readonly ready: string } {
  if ('path' in address) return { socket: connectTcp({ path: address.path }), ready: 'connect' };
  const { host, port, tls } = address;
  const to: NetConnectOpts = { host, port };
  if (!tls) return { socket: connectTcp(to), ready: 'connect' };
  const name = isIP(host) === 0 ? { servername: host } : {};
  const pem = Object.fromEntries(Object.entries(tls).flatMap(([field, value]) => (value ? [[field, Buffer.from(value)]] : [])));
  return { socket: connectTls({ ...to, ...name, ...pem, minVersion: 'TLSv1.2', rejectUnauthorized: true }), ready: 'secureConnect' };
}

/** Resolves when the bytes have left for the receiver's side. */
async function write(socket: Socket, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error?: Error) => {
      socket.destroy();
      reject(error ?? new Error('the connection was closed'));
    };
    const closed = () => failed();
    const late = setTimeout(() => failed(new Error('the receiver takes nothing')), writeMilliseconds);
    socket.once('close', closed);
    socket.write(bytes, (error) => {
      clearTimeout(late);
      socket.off('close', closed);
      if (error) failed(error);
      else resolve();
    });
  });
}
