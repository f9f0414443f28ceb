import { join } from 'node:path';
import { median, rate, rounds } from '../figures.mjs';
import { limit } from '../limits/limit.mjs';
import { withFolder } from '../server.mjs';

/** What one durable audit event costs when 128 wait at a time. */
export const auditAppend = {
  name: 'audit-append',
  measure: () =>
    withFolder(async (folder) => {
      let number = 0;
      const { append } = await rounds(3, {
        append: () => limit('audit-append', [join(folder, `${number++}.sqlite`), '20000', '128']),
      });
      const micros = median(append.map(({ count, cpuSeconds }) => (cpuSeconds * 1e6) / count));
      return [
        {
          name: 'audit-append',
          what: 'one durable audit event through the store, 128 waiting at a time',
          figure: `${micros.toFixed(0)} µs of CPU`,
          target: '-',
          met: null,
          beside: `${rate(median(append.map(({ count, seconds }) => count / seconds)))} events/s; canonical form, leaf hash, tree and row included`,
        },
      ];
    }),
};
