/** A page of another site can give its own name our address (DNS rebinding); then the Host header still bears that name. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EstateError } from '../../domain/errors.js';
import type { FaceSettings } from '../contract.js';

/** Whether the listener can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** On a development server that listens on loopback, requests under any other name are refused. */
export function refuseForeignHosts(http: FastifyInstance, { profile, listen }: FaceSettings): void {
  if (profile !== 'development' || !isLoopback(listen.host)) return;
  http.addHook('onRequest', async (request) => {
    if (!isLoopback(hostnameOf(request.headers.host))) throw new EstateError('ORIGIN_REFUSED');
  });
}

/** Whether a browser sent the request from a page of this very server. */
export function isOwnOrigin(request: FastifyRequest): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin') return false;
  return origin === `${request.protocol}://${host}`;
}

function hostnameOf(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}
