import type { FastifyInstance } from 'fastify';
import type { Estate } from '../../services/estate.js';

/** `/healthz`: the process answers. `/readyz`: so do database, HSM and required audit sinks. Neither tells anything else. */
export function addHealthRoutes(http: FastifyInstance, estate: Estate): void {
  const config = { isPublic: true, face: 'health' };
  http.get('/healthz', { config }, async () => ({ status: 'ok' }));
  http.get('/readyz', { config }, async (_request, reply) => {
    const unfit = await reasonNotToServe(estate);
    if (unfit === undefined) return { ready: true };
    return await reply.code(503).send({ ready: false, ...unfit });
  });
}

/** Why the server cannot work; with `audit`, which required sink is down. */
interface Unfit {
  readonly reason: 'store' | 'audit' | 'sealed' | 'hsm';
  readonly sink?: string;
}

async function reasonNotToServe(estate: Estate): Promise<Unfit | undefined> {
  if (!(await succeeds(estate.store.ping()))) return { reason: 'store' };
  const down = estate.delivery.states().find(({ required, up }) => required && !up);
  if (down) return { reason: 'audit', sink: down.name };
  try {
    const { sealed, units } = await estate.hsm.status();
    if (sealed) return { reason: 'sealed' };
    return units.some(({ running }) => running) ? undefined : { reason: 'hsm' };
  } catch {
    return { reason: 'hsm' };
  }
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return await work.then(
    () => true,
    () => false,
  );
}
