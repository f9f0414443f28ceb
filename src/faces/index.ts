/** The registry of faces. A new one is a folder beside `graphql`, a line here, and its tests. */
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Estate } from '../services/estate.js';
import { localAdministrator } from '../services/iam/administrators.js';
import type { Face, FaceSettings, RunningFace } from './contract.js';
import { graphqlFace } from './graphql/graphql-face.js';
import { takesSignIn } from './graphql/sign-in.js';
import { metricsFace } from './metrics/metrics-face.js';
import type { RateLimits } from './shared/credentials.js';
import { httpListener } from './shared/listener.js';
import { isLoopback } from './shared/own-host.js';
import { signInCodes } from './shared/sign-in-codes.js';

export const faces: readonly Face[] = [graphqlFace, metricsFace];

export interface RunningFaces {
  /** Base URL of the listener, without a slash at the end. */
  readonly endpoint: string;
  /** Opens GraphiQL signed in as the administrator: once, within ten minutes. Only where the server takes sign-in codes. */
  readonly signInLink?: string;
  /** Ends what is under way, then closes the listener. */
  stop(): Promise<void>;
}

export interface FaceOptions {
  readonly rateLimits?: RateLimits;
}

/** Starts every face; resolves when the listener answers. */
export async function startFaces(
  estate: Estate,
  settings: FaceSettings,
  logger: FastifyBaseLogger,
  { rateLimits }: FaceOptions = {},
): Promise<RunningFaces> {
  if (isOpenDevelopment(settings)) {
    logger.warn(
      { listen: settings.listen },
      'a development server listens beyond this machine without TLS: anybody on the way reads its keys',
    );
  }
  const http = await httpListener({ estate, settings, logger, ...(rateLimits ? { limits: rateLimits } : {}) });
  const codes = signInCodes();
  const running: RunningFace[] = [];
  const stop = async () => {
    await Promise.allSettled(running.map((face) => face.stop()));
    await http.close();
  };
  try {
    for (const face of faces) running.push(await face.start({ estate, settings, http, signIn: codes }));
    await http.listen({ host: settings.listen.host, port: settings.listen.port });
  } catch (error) {
    await stop();
    throw error;
  }
  const endpoint = endpointOf(settings, http);
  const administrator = takesSignIn(settings) ? await localAdministrator(estate.store.read) : undefined;
  return { endpoint, stop, ...(administrator && { signInLink: `${endpoint}/#code=${codes.issue(administrator)}` }) };
}

/** Development does without what production demands; that is meant for one machine. */
function isOpenDevelopment({ profile, listen, tls }: FaceSettings): boolean {
  return profile === 'development' && !isLoopback(listen.host) && !tls;
}

function endpointOf({ listen, tls }: FaceSettings, http: FastifyInstance): string {
  const bound = http.server.address();
  const port = typeof bound === 'object' && bound ? bound.port : listen.port;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return `${tls ? 'https' : 'http'}://${host}:${port}`;
}
