import { createKeyMutation, makeEstate } from '../client.mjs';
import { rate } from '../figures.mjs';
import { measured, withLoad } from '../load/load.mjs';
import { withFolder, withServer } from '../server.mjs';

const keys = 2_000;
const inFlight = 64;

/** 2,000 keys for one client. */
export const bulkCreate = {
  name: 'bulk-create',
  measure: () =>
    withFolder((folder) =>
      withServer(folder, (server) =>
        withLoad(async (run) => {
          const { vaultId, templateId } = await makeEstate(server);
          const job = { query: createKeyMutation, variables: { input: { vaultId, templateId, label: 'key-$N' } }, clients: inFlight };
          await run({ ...server, ...job, requests: 500 });
          const { requests, seconds, cpuSeconds } = await measured(server, run, { ...job, requests: keys });
          const perCpuSecond = requests / cpuSeconds;
          return [
            {
              name: 'bulk-create',
              what: '2,000 managed keys made by one client, keys per CPU-second of all processes, durable',
              figure: `${rate(perCpuSecond)} a core`,
              target: 'aim 2,000 a core',
              met: perCpuSecond >= 2_000,
              beside: `${rate(requests / seconds)} keys/s; ${inFlight} requests under way at a time`,
            },
          ];
        }),
      ),
    ),
};
