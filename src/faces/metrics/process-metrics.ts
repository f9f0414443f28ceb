import { collectDefaultMetrics, Registry } from 'prom-client';

/** What every Node.js process has, under the names that dashboards know: processor time, memory, event loop lag, files. */
export interface ProcessMetrics {
  text(): Promise<string>;
  stop(): void;
}

export function processMetrics(): ProcessMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return { text: async () => await registry.metrics(), stop: () => registry.clear() };
}
