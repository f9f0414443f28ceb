/** Messages as datagrams (RFC 5426). Nobody acknowledges one; only a port that is closed on this side of a firewall is noticed. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { syslogDatagram } from './message.js';
import type { SyslogTransport } from './transport.js';

export function udpTransport({ host, port }: { readonly host: string; readonly port: number }): SyslogTransport {
  let socket: Socket | undefined;
  let failure: Error | undefined;

  const opened = async (): Promise<Socket> => {
    if (failure) {
      const error = failure;
      close();
      throw error;
    }
    if (socket) return socket;
    const fresh = createSocket(isIPv6(host) ? 'udp6' : 'udp4').unref();
    try {
      fresh.connect(port, host);
      await once(fresh, 'connect');
    } catch (error) {
      fresh.close();
      throw error;
    }
    // The receiver's machine refuses a datagram after it was sent: told with the next one.
    fresh.on('error', (error) => {
      failure = error;
    });
    socket = fresh;
    return fresh;
  };
  const close = () => {
    failure = undefined;
    socket?.close();
    socket = undefined;
  };
  return {
    send: async (records, origin) => {
      for (const record of records) {
        const to = await opened();
        const datagram = syslogDatagram(record, origin);
        await new Promise<void>((resolve, reject) => {
          to.send(datagram, (error) => {
            if (error) reject(error);
            else resolve();
          });
        });
      }
    },
    probe: async () => {
      await opened();
    },
    close: async () => close(),
  };
}
