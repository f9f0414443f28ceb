import type { AuditSink } from '../contract.js';
import { localOrigin, type SyslogOrigin } from './message.js';
import { type SyslogTls, streamTransport } from './stream-transport.js';
import type { SyslogTransport } from './transport.js';
import { udpTransport } from './udp-transport.js';

/** Where the receiver is. */
export type SyslogAddress =
  | { readonly protocol: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly protocol: 'unix'; readonly path: string };

export interface SyslogSinkOptions {
  readonly address: SyslogAddress;
  readonly tls?: SyslogTls;
  /** kyok's version, for the message's origin. */
  readonly version: string;
}

/** Syslog acknowledges nothing: what lay in the buffers of a connection when it broke is lost, so it is sent again. */
const settlesInSeconds = 30;

/** A sink that sends RFC 5424 messages. */
export function syslogSink({ address, tls, version }: SyslogSinkOptions): AuditSink {
  const transport = transportTo(address, tls ?? {});
  const origin: SyslogOrigin = localOrigin(version);
  const explained = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (cause) {
      await transport.close().catch(() => {});
      throw new Error(`the syslog receiver ${shown(address)} cannot be reached (${reasonOf(cause)})`, { cause });
    }
  };
  return {
    name: 'syslog',
    settlesInSeconds,
    deliver: (records) => explained(transport.send(records, origin)),
    probe: () => explained(transport.probe()),
    reopen: () => transport.close(),
    close: () => transport.close(),
  };
}

function transportTo(address: SyslogAddress, tls: SyslogTls): SyslogTransport {
  if (address.protocol === 'unix') return streamTransport({ path: address.path });
  if (address.protocol === 'udp') return udpTransport(address);
  const { host, port } = address;
  return streamTransport(address.protocol === 'tls' ? { host, port, tls } : { host, port });
}

function shown(address: SyslogAddress): string {
  return address.protocol === 'unix' ? `unix://${address.path}` : `${address.protocol}://${address.host}:${address.port}`;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'unknown';
  const code = 'code' in cause ? String(cause.code) : cause.message;
  return code === 'EPROTOTYPE' ? 'it is a datagram socket; use udp://127.0.0.1:514 or a stream socket' : code;
}
