import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EstateError } from '../../domain/errors.js';

/** Where the build puts GraphiQL: the same folder seen from `src` and from `dist`. */
const builtPage = fileURLToPath(new URL('../../../dist/graphiql', import.meta.url));

/** GraphiQL at `/`, and at `/graphql` for a browser. It holds no data, so everybody may load it; it comes from this machine only. */
export async function addGraphiql(http: FastifyInstance, folder: string = builtPage): Promise<void> {
  const config = { isPublic: true, face: 'graphql' };
  http.get('/graphql', { config }, (request, reply) => {
    if (!wantsHtml(request)) return onlyPost(reply);
    return reply.redirect('/', 303);
  });
  if (!existsSync(folder)) return;
  await http.register(async (page) => {
    page.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...config };
    });
    await page.register(fastifyStatic, {
      root: folder,
      wildcard: false,
      cacheControl: false,
      // Names of assets change with their content; the page itself does not change its name.
      setHeaders: (response, path) =>
        void response.setHeader('cache-control', path.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable'),
    });
  });
}

/** @throws EstateError INPUT_INVALID */
function onlyPost(reply: FastifyReply): never {
  void reply.header('allow', 'POST');
  throw new EstateError('INPUT_INVALID', { issues: [{ path: '', message: 'GraphQL is served to POST requests' }] });
}

function wantsHtml({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '').includes('text/html');
}
