import type { FastifyInstance } from 'fastify';
import type { Estate } from '../../services/estate.js';

/** `/healthz`: the process answers. `/readyz`: so do database and HSM. Neither tells anything else. */
export function addHealthRoutes(http: FastifyInstance, estate: Estate): void {
  const config = { isPublic: true, face: 'health' };
  http.get('/healthz', { config }, async () => ({ status: 'ok' }));
  http.get('/readyz', { config }, async (_request, reply) => {
    const reason = await reasonNotToServe(estate);
    if (reason === undefined) return { ready: true };
    return await reply.code(503).send({ ready: false, reason });
  });
}

type Reason = 'store' | 'sealed' | 'hsm';

async function reasonNotToServe(estate: Estate): Promise<Reason | undefined> {
  if (!(await succeeds(estate.store.ping()))) return 'store';
  try {
    const { sealed, units } = await estate.hsm.status();
    if (sealed) return 'sealed';
    return units.some(({ running }) => running) ? undefined : 'hsm';
  } catch {
    return 'hsm';
  }
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return await work.then(
    () => true,
    () => false,
  );
}
