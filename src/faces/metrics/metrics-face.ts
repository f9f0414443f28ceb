import { metrics } from '../../services/metrics/read.js';
import { perform } from '../../services/perform.js';
import type { Face } from '../contract.js';
import { requiredCall } from '../shared/credentials.js';
import { contentType, expositionText } from './exposition.js';
import { processMetrics } from './process-metrics.js';

/** GET /metrics for Prometheus, with an API key as everywhere. */
export const metricsFace: Face = {
  name: 'metrics',
  start: async ({ estate, http }) => {
    const own = processMetrics();
    http.get('/metrics', { config: { face: 'metrics' } }, async (request, reply) => {
      const found = await perform(estate, requiredCall(request), metrics, {});
      return await reply.header('content-type', contentType).send(`${await expositionText(found)}\n${await own.text()}`);
    });
    return { stop: async () => own.stop() };
  },
};
