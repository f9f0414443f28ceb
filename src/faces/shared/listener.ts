import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import type { Estate } from '../../services/estate.js';
import type { FaceSettings } from '../contract.js';
import { defaultRateLimits, demandCredentials, type RateLimits } from './credentials.js';
import { addHealthRoutes } from './health.js';
import { refuseForeignHosts } from './own-host.js';
import { answerRefusals } from './refusals.js';
import { requestIdOf } from './request-id.js';
import { followTlsFiles, tlsOptions } from './tls.js';

/** A cryptographic call may carry 8 MiB, which base64 makes a third longer. */
const bodyLimit = 16 * 1024 * 1024;

export interface ListenerOptions {
  readonly estate: Estate;
  readonly settings: FaceSettings;
  readonly logger: FastifyBaseLogger;
  readonly limits?: RateLimits;
}

/** The one HTTP listener that faces add their routes to. It does not listen yet. */
export async function httpListener({ estate, settings, logger, limits = defaultRateLimits }: ListenerOptions): Promise<FastifyInstance> {
  const http = fastify({
    ...(settings.tls ? { https: tlsOptions(settings.tls) } : {}),
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    bodyLimit,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  } as FastifyServerOptions) as unknown as FastifyInstance;
  if (settings.tls) followTlsFiles(http, settings.tls, logger);
  http.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  http.addHook('onResponse', async (request, reply) => {
    const { method, id: requestId } = request;
    const { face = 'http' } = request.routeOptions.config;
    estate.measurements.count('requests', [face, String(reply.statusCode)]);
    estate.measurements.observe('requestSeconds', [face], reply.elapsedTime / 1000);
    request.log.debug({ requestId, method, path: request.routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime }, 'answered');
  });
  answerRefusals(http);
  await http.register(helmet, securityHeaders(settings));
  await http.register(rateLimit, { global: false, cache: 10_000 });
  if (settings.corsOrigins.length > 0) await http.register(cors, corsOptions(settings));
  refuseForeignHosts(http, settings);
  demandCredentials(http, estate, limits);
  addHealthRoutes(http, estate);
  return http;
}

function corsOptions({ corsOrigins }: FaceSettings) {
  return {
    origin: [...corsOrigins],
    methods: ['POST'],
    allowedHeaders: ['authorization', 'content-type', 'x-request-id', 'apollo-require-preflight'],
    exposedHeaders: ['x-request-id'],
    maxAge: 600,
  };
}

/** GraphiQL's editor makes style elements and starts its workers from this server; nothing comes from elsewhere. */
function securityHeaders({ tls }: FaceSettings) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: tls ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' as const },
    xFrameOptions: { action: 'deny' as const },
  };
}
