import { column, documentOf, query, type Verb } from './verb.js';

const instance = query('instance', {}, 'id version profile sealed features');

/** Whether the server answers, who it is, and whether its HSM is sealed. */
export const status: Verb = {
  name: 'status',
  summary: 'Shows whether the server answers and whether its HSM is sealed.',
  parameters: [],
  operations: [instance],
  run: async ({ client }, _given, show) => {
    const started = performance.now();
    const data = await client.request(documentOf(instance));
    const row = {
      endpoint: client.endpoint.href.replace(/\/$/, ''),
      ...(data.instance as Record<string, unknown>),
      milliseconds: Math.round(performance.now() - started),
    };
    const columns = [
      column('Endpoint', 'endpoint'),
      column('Instance', 'id'),
      column('Version', 'version'),
      column('Profile', 'profile'),
      column('HSM sealed', 'sealed'),
      column('Features', 'features'),
      column('Answered in, ms', 'milliseconds'),
    ];
    show({ shape: 'RECORD', row, columns, json: row });
  },
};
