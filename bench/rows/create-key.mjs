import { join } from 'node:path';
import { createKeyMutation, makeEstate } from '../client.mjs';
import { median, medianRatio, rate, rounds } from '../figures.mjs';
import { limit } from '../limits/limit.mjs';
import { measured, withLoad } from '../load/load.mjs';
import { withFolder, withServer } from '../server.mjs';

const clients = 16;

/** `createManagedKey` at 16 clients, durable, against a bare durable transaction. */
export const createKey = {
  name: 'create-key',
  measure: () =>
    withFolder((folder) =>
      withServer(folder, (server) =>
        withLoad(async (run) => {
          const { vaultId, templateId } = await makeEstate(server);
          const job = { query: createKeyMutation, variables: { input: { vaultId, templateId, label: 'key-$N' } }, clients };
          await run({ ...server, ...job, seconds: 2 });
          const { served, bare } = await rounds(5, {
            served: () => measured(server, run, { ...job, seconds: 4 }),
            bare: () => limit('two-inserts', [join(folder, 'limit.sqlite'), '2', String(clients)]),
          });
          const perSecond = served.map(({ requests, seconds }) => requests / seconds);
          const perCpuSecond = served.map(({ requests, cpuSeconds }) => requests / cpuSeconds);
          const limits = bare.map(({ count, seconds }) => count / seconds);
          const limitsPerCpuSecond = bare.map(({ count, cpuSeconds }) => count / cpuSeconds);
          const ratio = medianRatio(perSecond, limits);
          return [
            {
              name: 'create-key',
              what: '`createManagedKey` AES at 16 clients, durable, against a two-insert TypeORM transaction, both `synchronous=FULL`',
              figure: `${ratio.toFixed(2)} x; p50 ${median(served.map(({ p50 }) => p50)).toFixed(1)} ms, p99 ${median(served.map(({ p99 }) => p99)).toFixed(1)} ms`,
              target: 'at least 0.3 x (aim 0.5)',
              met: ratio >= 0.3,
              beside: `${rate(median(perSecond))} against ${rate(median(limits))} per second; ${rate(median(perCpuSecond))} against ${rate(median(limitsPerCpuSecond))} per CPU-second (${medianRatio(perCpuSecond, limitsPerCpuSecond).toFixed(2)} x), the server's with the reconciler that brings each key into its keystore`,
            },
          ];
        }),
      ),
    ),
};
