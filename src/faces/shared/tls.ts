/** TLS of the listener: its files, taken anew when they change. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, type Server, type TlsOptions } from 'node:tls';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { TlsFiles } from '../contract.js';

/** A file of the listener's TLS that cannot be read as what it should be. */
export class TlsFileUnreadable extends Error {
  constructor(
    readonly file: keyof TlsFiles,
    options: { readonly cause: unknown },
  ) {
    super(`the TLS file ${file} cannot be read`, options);
  }
}

/** Ephemeral keys and authenticated encryption only: those of TLS 1.3, and of TLS 1.2 their like. */
const ciphers = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** The listener's options. @throws TlsFileUnreadable */
export function tlsOptions(files: TlsFiles): TlsOptions {
  const context = contextOf(files);
  return files.clientCaFile ? { ...context, requestCert: true, rejectUnauthorized: true } : context;
}

/**
 * Looks at the files every second and takes those that changed: a renewed certificate, a new revocation list. Idle
 * connections are closed then, and no earlier session is resumed; requests under way end, and no other begins on a
 * connection from before. Files that cannot be read are logged, and those before them stay.
 */
export function followTlsFiles(http: FastifyInstance, files: TlsFiles, log: FastifyBaseLogger, everySeconds = 1): void {
  const watched = Object.values(files).filter((file) => file !== undefined);
  const endConnections = endOldConnections(http);
  const take = () => {
    try {
      (http.server as unknown as Server).setSecureContext(contextOf(files));
      endConnections();
      http.server.closeIdleConnections();
      log.info({}, 'TLS files have changed and are taken');
    } catch (err) {
      log.error({ err }, 'changed TLS files cannot be taken; those before them stay');
    }
  };
  for (const file of watched) watchFile(file, { interval: everySeconds * 1000, persistent: false }, take);
  http.addHook('onClose', async () => {
    for (const file of watched) unwatchFile(file, take);
  });
}

/**
 * Who is connected since the files were taken: only they are served. A client that kept its connection busy would otherwise
 * outlive its certificate. @returns to be called when files are taken: who is connected then is served no further request
 */
function endOldConnections(http: FastifyInstance): () => void {
  let current = new Set<string>();
  // Of the bare connection, with which the handshake's context is chosen: a handshake may be drawn out.
  http.server.on('connection', (socket) => {
    const name = nameOf(socket);
    current.add(name);
    socket.once('close', () => current.delete(name));
  });
  http.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    if (current.has(nameOf(socket))) return;
    reply.hijack();
    socket.destroy();
  });
  return () => {
    current = new Set();
  };
}

function nameOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}

function contextOf(files: TlsFiles): SecureContextOptions {
  const context: SecureContextOptions = { minVersion: 'TLSv1.2', ciphers, honorCipherOrder: true };
  for (const [file, option] of Object.entries(optionOf) as [keyof TlsFiles, keyof SecureContextOptions][]) {
    const path = files[file];
    if (path === undefined) continue;
    try {
      Object.assign(context, { [option]: readFileSync(path) });
      createSecureContext(context);
    } catch (cause) {
      throw new TlsFileUnreadable(file, { cause });
    }
  }
  return context;
}

/** In the order they are tried, so that the one at fault is named. */
const optionOf = { certFile: 'cert', keyFile: 'key', clientCaFile: 'ca', clientCrlFile: 'crl' } as const satisfies Record<
  keyof TlsFiles,
  keyof SecureContextOptions
>;
